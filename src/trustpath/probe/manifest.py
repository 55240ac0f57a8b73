"""The test pod: small, without rights on its node, allowed where Pod Security is restricted."""

import secrets
from typing import Any

from msgspec import Struct

from trustpath.model.arn import Arn
from trustpath.model.kubernetes import PodSpec

DEFAULT_IMAGE = "public.ecr.aws/aws-cli/aws-cli:latest"
OWNER_LABEL = "app.kubernetes.io/managed-by"
OWNER = "trustpath-probe"
IDENTITY = "identity"
CALL = "call"
_USER = 65532
_MOST_SECONDS = 300


class Wish(Struct, frozen=True):
    """What the pod is to be and to try.

    ``node`` is the node to run on, empty for any; ``like`` the failing pod, whose tolerations it needs there.
    """

    namespace: str
    account: str
    image: str = DEFAULT_IMAGE
    pull_secrets: tuple[str, ...] = ()
    region: str = ""
    action: str = ""
    resource: str = ""
    node: str = ""
    like: PodSpec | None = None


def manifest(wish: Wish) -> dict[str, Any]:
    """Return the pod."""
    name = f"trustpath-probe-{secrets.token_hex(4)}"
    containers = [_container(IDENTITY, ["sts", "get-caller-identity", "--output", "json"], wish)]
    call = dry_call(wish.action, wish.resource)
    if call:
        containers.append(_container(CALL, call, wish))
    spec: dict[str, Any] = {
        "serviceAccountName": wish.account,
        "automountServiceAccountToken": False,
        "restartPolicy": "Never",
        "activeDeadlineSeconds": _MOST_SECONDS,
        "terminationGracePeriodSeconds": 1,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": containers,
        "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "16Mi"}}],
    }
    if wish.pull_secrets:
        spec["imagePullSecrets"] = [{"name": secret} for secret in wish.pull_secrets]
    if wish.node:
        fields = [{"key": "metadata.name", "operator": "In", "values": [wish.node]}]
        required = {"nodeSelectorTerms": [{"matchFields": fields}]}
        spec["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
        tolerations = wish.like.tolerations if wish.like else None
        spec["tolerations"] = [
            {key: value for key in ("key", "operator", "value", "effect") if (value := getattr(item, key)) is not None}
            for item in tolerations or ()
        ]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": wish.namespace, "labels": {OWNER_LABEL: OWNER}},
        "spec": spec,
    }


def _container(name: str, arguments: list[str], wish: Wish) -> dict[str, Any]:
    environment = {"HOME": "/tmp", "AWS_PAGER": ""}  # noqa: S108  # an emptyDir of the pod's own
    if wish.region:
        environment["AWS_REGION"] = wish.region
    return {
        "name": name,
        "image": wish.image,
        "command": ["aws"],
        "args": arguments,
        "env": [{"name": key, "value": value} for key, value in environment.items()],
        "resources": {
            "requests": {"cpu": "50m", "memory": "128Mi"},
            "limits": {"cpu": "500m", "memory": "256Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108  # an emptyDir of the pod's own
    }


def dry_call(action: str, resource: str) -> list[str]:
    """Return the words of a call that tries an action and reads nothing of value; none where there is no such call.

    What it prints is cut down to names: a secret's value never leaves it. Each call asks for just that action.
    """
    action = action.lower()
    if action in _OF_THE_ACCOUNT:
        return list(_OF_THE_ACCOUNT[action])
    if action not in _OF_A_RESOURCE or not resource or "*" in resource:
        return []
    words = [word.format(**_parts(resource)) for word in _OF_A_RESOURCE[action]]
    arn = Arn.parse(resource)
    if arn is not None and arn.region:
        words += ["--region", arn.region]
    return words if all(words) else []


def _parts(resource: str) -> dict[str, str]:
    """Return what calls name of a resource: its ARN, its own name, and of an object in a bucket both."""
    name = resource.split(":", 5)[-1]
    bucket, _, key = name.partition("/")
    parameter = name.removeprefix("parameter/")
    # A parameter's name starts with a slash only where it has another one.
    return {
        "arn": resource,
        "bucket": bucket,
        "key": key,
        "table": name.removeprefix("table/"),
        "parameter": f"/{parameter}" if "/" in parameter.strip("/") else parameter,
    }


_OF_THE_ACCOUNT = {
    "autoscaling:describeautoscalinggroups": (
        *("autoscaling", "describe-auto-scaling-groups", "--max-items", "1"),
        *("--query", "length(AutoScalingGroups)"),
    ),
    "ec2:describeinstances": ("ec2", "describe-instances", "--max-items", "1", "--query", "length(Reservations)"),
    "elasticloadbalancing:describeloadbalancers": (
        *("elbv2", "describe-load-balancers", "--page-size", "1", "--max-items", "1"),
        *("--query", "length(LoadBalancers)"),
    ),
    "route53:listhostedzones": ("route53", "list-hosted-zones", "--max-items", "1", "--query", "length(HostedZones)"),
}
_OF_A_RESOURCE = {
    "dynamodb:describetable": ("dynamodb", "describe-table", "--table-name", "{table}", "--query", "Table.TableName"),
    "s3:getobject": ("s3api", "head-object", "--bucket", "{bucket}", "--key", "{key}", "--query", "ContentLength"),
    "s3:listbucket": ("s3api", "list-objects-v2", "--bucket", "{bucket}", "--max-items", "1", "--query", "KeyCount"),
    "secretsmanager:describesecret": ("secretsmanager", "describe-secret", "--secret-id", "{arn}", "--query", "Name"),
    "secretsmanager:getsecretvalue": (
        *("secretsmanager", "get-secret-value", "--secret-id", "{arn}", "--query", "Name"),
    ),
    "ssm:getparameter": ("ssm", "get-parameter", "--name", "{parameter}", "--query", "Parameter.Name"),
    "sts:assumerole": (
        *("sts", "assume-role", "--role-arn", "{arn}", "--role-session-name", "trustpath-probe"),
        *("--query", "AssumedRoleUser.Arn"),
    ),
}
