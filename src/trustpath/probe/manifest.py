"""The test pod: small, without rights on its node, allowed where Pod Security is restricted."""

import secrets
from typing import Any

from msgspec import Struct

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

    What it prints is cut down to names: a secret's value never leaves it.
    """
    parts = resource.split(":", 5)
    name = parts[5] if len(parts) == 6 else resource
    bucket, _, key = name.partition("/")
    calls = {
        "s3:getobject": ["s3api", "head-object", "--bucket", bucket, "--key", key, "--query", "ContentLength"],
        "s3:listbucket": ["s3api", "list-objects-v2", "--bucket", bucket, "--max-items", "1", "--query", "KeyCount"],
        "sts:assumerole": [
            *("sts", "assume-role", "--role-arn", resource, "--role-session-name", "trustpath-probe"),
            *("--query", "AssumedRoleUser.Arn"),
        ],
        "secretsmanager:getsecretvalue": [
            *("secretsmanager", "get-secret-value", "--secret-id", resource, "--query", "Name"),
        ],
        "secretsmanager:describesecret": [
            *("secretsmanager", "describe-secret", "--secret-id", resource, "--query", "Name"),
        ],
        "ssm:getparameter": [
            *("ssm", "get-parameter", "--name", name.removeprefix("parameter"), "--query", "Parameter.Name"),
        ],
        "dynamodb:describetable": [
            *("dynamodb", "describe-table", "--table-name", name.removeprefix("table/"), "--query", "Table.TableName"),
        ],
        "sqs:getqueueattributes": [
            *("sqs", "get-queue-url", "--queue-name", name, "--query", "QueueUrl"),
        ],
        "ec2:describeinstances": ["ec2", "describe-instances", "--max-items", "1", "--query", "length(Reservations)"],
        "route53:listhostedzones": [
            *("route53", "list-hosted-zones", "--max-items", "1", "--query", "length(HostedZones)"),
        ],
        "elasticloadbalancing:describeloadbalancers": [
            *("elbv2", "describe-load-balancers", "--page-size", "1", "--max-items", "1"),
            *("--query", "length(LoadBalancers)"),
        ],
        "autoscaling:describeautoscalinggroups": [
            *("autoscaling", "describe-auto-scaling-groups", "--max-items", "1"),
            *("--query", "length(AutoScalingGroups)"),
        ],
    }  # fmt: skip
    found = calls.get(action.lower(), [])
    needs_resource = any(word in ("", "*") or "*" in word for word in found) or (not resource and bool(found))
    free = action.lower().partition(":")[2].startswith(("describeinst", "listhosted", "describeload", "describeauto"))
    return found if found and (free or not needs_resource) else []
