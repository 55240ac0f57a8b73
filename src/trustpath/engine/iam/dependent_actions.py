"""Which other permissions a call needs, beyond its own.

Source: the services' own guides on encryption with customer managed keys, on passing roles and on tagging at
creation; the Service Authorization Reference lists more under "dependent actions". Only calls that workloads on
Kubernetes make are here.
"""

from typing import Literal

from msgspec import Struct

Need = Literal["always", "customer-key", "new-key-grant", "role-passed", "tags-passed"]


class DependentAction(Struct, frozen=True):
    """A further permission. ``when`` it is needed, and on what kind of resource it is checked."""

    action: str
    when: Need
    resource: Literal["key", "role", "same", "any"]


_DECRYPT = DependentAction("kms:Decrypt", "customer-key", "key")
_DATA_KEY = DependentAction("kms:GenerateDataKey", "customer-key", "key")
_PLAINTEXT_FREE_KEY = DependentAction("kms:GenerateDataKeyWithoutPlaintext", "customer-key", "key")
_GRANT = DependentAction("kms:CreateGrant", "new-key-grant", "key")
_DESCRIBE_KEY = DependentAction("kms:DescribeKey", "customer-key", "key")
_PASS_ROLE = DependentAction("iam:PassRole", "role-passed", "role")
_CREATE_TAGS = DependentAction("ec2:CreateTags", "tags-passed", "any")
_WRITE_BOTH = (_DATA_KEY, _DECRYPT)

_NEEDS: dict[str, tuple[DependentAction, ...]] = {
    # S3 with SSE-KMS: a multipart upload also reads its parts back.
    "s3:GetObject": (_DECRYPT,),
    "s3:GetObjectVersion": (_DECRYPT,),
    "s3:PutObject": _WRITE_BOTH,
    # SQS and SNS with a customer managed key.
    "sqs:SendMessage": _WRITE_BOTH,
    "sqs:ReceiveMessage": (_DECRYPT,),
    "sns:Publish": _WRITE_BOTH,
    # Secrets Manager, Parameter Store.
    "secretsmanager:GetSecretValue": (_DECRYPT,),
    "secretsmanager:PutSecretValue": _WRITE_BOTH,
    "secretsmanager:CreateSecret": _WRITE_BOTH,
    "ssm:GetParameter": (_DECRYPT,),
    "ssm:GetParameters": (_DECRYPT,),
    "ssm:GetParametersByPath": (_DECRYPT,),
    "ssm:PutParameter": (DependentAction("kms:Encrypt", "customer-key", "key"),),
    # DynamoDB and Kinesis.
    "dynamodb:GetItem": (_DECRYPT,),
    "dynamodb:PutItem": (_DECRYPT,),
    "dynamodb:Query": (_DECRYPT,),
    "kinesis:GetRecords": (_DECRYPT,),
    "kinesis:PutRecord": (_DATA_KEY,),
    "kinesis:PutRecords": (_DATA_KEY,),
    # EBS: what the CSI driver calls for an encrypted volume.
    "ec2:CreateVolume": (_PLAINTEXT_FREE_KEY, _DECRYPT, _DESCRIBE_KEY, _GRANT, _CREATE_TAGS),
    "ec2:AttachVolume": (_DECRYPT, _GRANT),
    "ec2:CreateSnapshot": (_CREATE_TAGS,),
    # What autoscalers and controllers call.
    "ec2:RunInstances": (_PASS_ROLE, _CREATE_TAGS),
    "ec2:CreateFleet": (_PASS_ROLE, _CREATE_TAGS, DependentAction("ec2:RunInstances", "always", "any")),
    "ec2:CreateLaunchTemplate": (_CREATE_TAGS,),
    "eks:CreateNodegroup": (_PASS_ROLE,),
    "eks:CreateCluster": (_PASS_ROLE,),
    "eks:CreatePodIdentityAssociation": (
        _PASS_ROLE,
        DependentAction("iam:GetRole", "always", "role"),
    ),
    "ecs:RunTask": (_PASS_ROLE,),
    "lambda:CreateFunction": (_PASS_ROLE,),
    "iam:AddRoleToInstanceProfile": (_PASS_ROLE,),
    "sts:AssumeRole": (DependentAction("sts:TagSession", "tags-passed", "same"),),
    "sts:AssumeRoleWithWebIdentity": (DependentAction("sts:TagSession", "tags-passed", "same"),),
}
_BY_LOWER = {action.lower(): needs for action, needs in _NEEDS.items()}


def dependent_actions(action: str) -> tuple[DependentAction, ...]:
    """Return what else a call needs; empty for a call that needs nothing or is not in the table."""
    return _BY_LOWER.get(action.lower(), ())
