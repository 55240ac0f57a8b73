"""Errors of AWS services: who was refused what, by which kind of policy, in the forms in which they are pasted."""

import json

import pytest

from trustpath.engine.messages.aws_refusal import AwsRefusal
from trustpath.engine.messages.symptom import Symptom, read_symptom

APP = "arn:aws:sts::111122223333:assumed-role/app/botocore-session-1"
NODE = "arn:aws:sts::111122223333:assumed-role/ng/i-0123456789abcdef0"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1"


def read(text: str) -> tuple[Symptom, AwsRefusal]:
    symptom = read_symptom(text)
    assert symptom is not None, text
    assert symptom.refusal is not None, text
    return symptom, symptom.refusal


def refused(action: str, resource: str, tail: str = "", principal: str = APP) -> str:
    return f"User: {principal} is not authorized to perform: {action} on resource: {resource} {tail}".rstrip()


@pytest.mark.parametrize(
    ("action", "tail", "first"),
    [
        ("s3:GetObject", "because no identity-based policy allows the A action", "identity-policy-missing-action"),
        ("s3:GetObject", "with an explicit deny in an identity-based policy", "identity-policy-explicit-deny"),
        ("s3:GetObject", "with an explicit deny in a resource-based policy", "bucket-policy-explicit-deny"),
        ("sqs:SendMessage", "with an explicit deny in a resource-based policy", "resource-policy-explicit-deny"),
        ("s3:GetObject", "because no permissions boundary allows the A action", "permissions-boundary-blocks"),
        ("s3:GetObject", "with an explicit deny in a permissions boundary", "permissions-boundary-blocks"),
        ("s3:GetObject", "because no session policy allows the A action", "session-policy-blocks"),
        ("s3:GetObject", "with an explicit deny in a service control policy", "scp-explicit-deny"),
        ("s3:GetObject", "because no service control policy allows the A action", "scp-missing-allow"),
        ("s3:GetObject", "with an explicit deny in a resource control policy", "rcp-explicit-deny"),
        ("sts:AssumeRole", "with an explicit deny in a service control policy", "scp-explicit-deny"),
        ("sts:AssumeRole", "with an explicit deny in a role trust policy", "trust-explicit-deny"),
        ("sqs:SendMessage", "because no resource-based policy allows the A action", "resource-policy-missing-allow"),
        ("kms:Decrypt", "because no identity-based policy allows the A action", "identity-policy-missing-kms"),
        ("kms:Decrypt", "because no resource-based policy allows the A action", "kms-key-policy-blocks"),
        ("s3:GetObject", "with an explicit deny in a VPC endpoint policy", None),
        ("sts:TagSession", "because no VPC endpoint policy allows the A action", None),
    ],
)
def test_the_kind_of_policy_that_a_message_names(action: str, tail: str, first: str | None) -> None:
    symptom, said = read(refused(action, "arn:aws:x:::y", tail))

    assert symptom.causes[:1] == ((first,) if first else ())
    assert said.explicit is ("explicit" in tail)


@pytest.mark.parametrize(
    "text",
    [
        refused("s3:GetObject", "arn:aws:s3:::b/k"),
        refused("s3:GetObject", '"arn:aws:s3:::b/k"'),
        refused("s3:GetObject", r"\"arn:aws:s3:::b/k\""),
        refused("s3:GetObject", r"\\\"arn:aws:s3:::b/k\\\""),
        refused("s3:GetObject", "arn:aws:s3:::b/k."),
        refused("s3:GetObject", "arn:aws:s3:::b/k:"),
        refused("s3:GetObject", "'arn:aws:s3:::b/k'").replace("'", "", 1),
        f"<Message>{refused('s3:GetObject', 'arn:aws:s3:::b/k')}</Message><RequestId>1</RequestId>",
        refused("s3:GetObject", "arn:aws:s3:::b/k").replace("perform:", "perform"),
    ],
)
def test_the_resource_without_what_stands_around_it(text: str) -> None:
    _, said = read(text)

    assert (said.action, said.resource, said.principal) == ("s3:GetObject", "arn:aws:s3:::b/k", APP)


def test_a_key_that_is_only_described() -> None:
    text = f"User: {APP} is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext"

    symptom, said = read(text)

    assert said.resource == ""
    assert symptom.causes == ("identity-policy-missing-kms", "kms-key-policy-blocks")


@pytest.mark.parametrize(
    "text",
    [
        "AccessDenied: Access Denied\n\tstatus code: 403, request id: 1, host id: 2",
        "operation error S3: GetObject, https response error StatusCode: 403, RequestID: 1, HostID: 2, "
        "api error AccessDenied: Access Denied",
        "software.amazon.awssdk.services.s3.model.S3Exception: Access Denied (Service: S3, Status Code: 403)",
        "(Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; Request ID: 1)",
        "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
        "Access Denied (Aws::S3::Errors::AccessDenied)",
        "An error occurred (403) when calling the HeadObject operation: Forbidden",
    ],
)
def test_a_plain_denial_of_a_service(text: str) -> None:
    symptom = read_symptom(text)

    assert symptom is not None
    assert symptom.layer == "iam-authz"
    assert symptom.http_status == 0
    assert "identity-policy-missing-action" in symptom.causes


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ('Post "https://sts.eu-west-1.amazonaws.com/": dial tcp 52.1.2.3:443: i/o timeout', "sts-endpoint-unreachable"),
        ("dial tcp: lookup sts.eu-west-1.amazonaws.com: no such host", "sts-endpoint-unreachable"),
        ('Could not connect to the endpoint URL: "https://sts.amazonaws.com/"', "sts-endpoint-unreachable"),
        ('Get "http://169.254.169.254/latest/api/token": context deadline exceeded', "imds-hop-limit"),
        ("failed to retrieve credentials: Invalid Configuration: Missing Region", "sts-region-missing"),
        ("MissingRegion: could not find region configuration", "sts-region-missing"),
        (
            "open /var/run/secrets/eks.amazonaws.com/serviceaccount/token: no such file or directory",
            "token-file-missing",
        ),
        (
            "java.nio.file.NoSuchFileException: /var/run/secrets/eks.amazonaws.com/serviceaccount/token",
            "token-file-missing",
        ),
        (
            "java.nio.file.AccessDeniedException: /var/run/secrets/eks.amazonaws.com/serviceaccount/token",
            "token-file-permission",
        ),
        (refused("eks-auth:AssumeRoleForPodIdentity", "arn:aws:eks:eu-west-1:111122223333:cluster/prod", "", NODE),
         "pod-identity-node-role"),
        (
            refused(
                "eks-auth:AssumeRoleForPodIdentity",
                "arn:aws:eks:eu-west-1:111122223333:cluster/prod",
                "with an explicit deny in a service control policy",
                NODE,
            ),
            "scp-explicit-deny",
        ),
        (refused("sts:AssumeRole", "arn:aws:iam::111122223333:role/app"), "role-self-assume-denied"),
        (refused("sts:AssumeRole", "arn:aws:iam::444455556666:role/x"), "chain-target-does-not-trust"),
    ],
)  # fmt: skip
def test_what_comes_first(text: str, first: str) -> None:
    symptom = read_symptom(text)

    assert symptom is not None
    assert symptom.causes[0] == first


def event(**fields: object) -> dict[str, object]:
    return {
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "errorCode": "AccessDenied",
        "errorMessage": "Access Denied",
        "userIdentity": {"arn": APP},
        "resources": [{"ARN": "arn:aws:s3:::b/k"}, {"ARN": "arn:aws:s3:::b"}],
        **fields,
    }


@pytest.mark.parametrize(
    "wrapped",
    [
        json.dumps(event()),
        json.dumps(event(), indent=2) + "\n$ ",
        json.dumps({"Records": [event(errorCode=None), event()]}),
        json.dumps([event()]),
        json.dumps({"detail-type": "AWS API Call via CloudTrail", "detail": event()}),
        json.dumps({"Events": [{"EventName": "GetObject", "CloudTrailEvent": json.dumps(event())}]}),
        json.dumps(event(eventName="PutObject", errorCode=None)) + "\n" + json.dumps(event()),
        json.dumps(event(eventName="HeadObject", errorMessage=None)),
        json.dumps(event(padding="x" * 40_000)),
    ],
)
def test_an_event_of_cloudtrail(wrapped: str) -> None:
    _, said = read(wrapped)

    assert (said.code, said.action, said.resource, said.role) == (
        "AccessDenied",
        "s3:GetObject",
        "arn:aws:s3:::b/k",
        "app",
    )


def test_an_event_of_sts() -> None:
    text = json.dumps(
        event(eventSource="sts.amazonaws.com", eventName="AssumeRoleWithWebIdentity", errorMessage="An unknown error")
    )

    symptom = read_symptom(text)

    assert symptom is not None
    assert symptom.row is not None
    assert symptom.row.number == "E065"


@pytest.mark.parametrize(
    ("explicit", "first"), [(False, "identity-policy-missing-action"), (True, "scp-explicit-deny")]
)
def test_a_decoded_authorization_message(explicit: bool, first: str) -> None:
    context = {"principal": {"arn": APP}, "action": "ec2:RunInstances", "resource": "arn:aws:ec2:::instance/*"}
    decoded = json.dumps({"allowed": False, "explicitDeny": explicit, "matchedStatements": {}, "context": context})

    for text in (decoded, json.dumps({"DecodedMessage": decoded}), decoded + "\n$ "):
        symptom, said = read(text)
        assert said.action == "ec2:RunInstances"
        assert first in symptom.causes[:3]


def test_any_text_is_read() -> None:
    assert read_symptom('{"eventSource": "\ud800"') is None
