"""EKS Pod Identity: the calls that EKS Auth makes for a pod, and where the agent cannot run.

Source: eks-identity section 6 (P1 to P22), iam-evaluation 4.4.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from trustpath.engine.iam.request import (
    ABSENT,
    UNKNOWN,
    ContextValue,
    Present,
    Request,
    RequestContext,
    ServicePrincipal,
)
from trustpath.model.arn import RoleArn
from trustpath.model.kubernetes import Node, PodSpec

SERVICE = "pods.eks.amazonaws.com"
AUDIENCE = "pods.eks.amazonaws.com"
AGENT = "eks-pod-identity-agent"
NODE_ACTION = "eks-auth:AssumeRoleForPodIdentity"
ASSUME_ROLE, TAG_SESSION = "sts:AssumeRole", "sts:TagSession"
ADDRESSES = {"ipv4": "169.254.170.23", "ipv6": "fd00:ec2::23"}
VOLUME = "eks-pod-identity-token"
TOKEN_FILE = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token"  # noqa: S105  # a path

Host = Literal["", "fargate", "windows", "hybrid"]


class PodIdentityCall(Struct, frozen=True):
    """EKS Auth assumes the association's role for a pod. ``tags`` are empty where session tags are switched off (P6).

    A tag of the pod that is not known is left out of ``tags`` and named in ``unknown_tags``.
    """

    role: RoleArn
    cluster_arn: str
    account: str
    tags: Mapping[str, str]
    unknown_tags: tuple[str, ...] = ()


def session_tags(
    cluster_arn: str, cluster: str, namespace: str, service_account: str, pod: str, uid: str
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the session tags of P6 that are known, and the names of the others."""
    tags = {
        "eks-cluster-arn": cluster_arn,
        "eks-cluster-name": cluster,
        "kubernetes-namespace": namespace,
        "kubernetes-service-account": service_account,
        "kubernetes-pod-name": pod,
        "kubernetes-pod-uid": uid,
    }
    return {key: value for key, value in tags.items() if value}, tuple(key for key, value in tags.items() if not value)


def trust_request(call: PodIdentityCall, action: str) -> Request:
    """Return the request that the role's trust policy judges, for one of the two actions (P5, P8)."""
    known: dict[str, ContextValue] = {
        "aws:PrincipalIsAWSService": Present(("true",)),
        "aws:PrincipalServiceName": Present((SERVICE,)),
        "aws:PrincipalServiceNamesList": Present((SERVICE,), multivalued=True),
        "aws:ViaAWSService": Present(("false",)),
        "aws:SecureTransport": Present(("true",)),
        "aws:ResourceAccount": Present((call.role.account,)),
        "aws:SourceAccount": Present((call.account,)) if call.account else UNKNOWN,
        "aws:SourceArn": Present((call.cluster_arn,)) if call.cluster_arn else UNKNOWN,
        "sts:ExternalId": ABSENT,
        "sts:SourceIdentity": ABSENT,
    }
    for name, value in call.tags.items():
        known[f"aws:RequestTag/{name}"] = Present((value,))
    for name in call.unknown_tags:
        known[f"aws:RequestTag/{name}"] = UNKNOWN
    keys = (*call.tags, *call.unknown_tags)
    for key in ("aws:TagKeys", "sts:TransitiveTagKeys"):
        known[key] = Present(keys, multivalued=True) if keys else ABSENT

    def other(key: str) -> ContextValue:
        if key.startswith(("aws:requesttag/", "aws:principaltag/")) or key in _ABSENT:
            return ABSENT
        # Claims of a web identity, and keys of other services, are not part of this call.
        return UNKNOWN if key.startswith(("aws:", "sts:", "iam:")) else ABSENT

    return Request(ServicePrincipal(SERVICE), action, str(call.role), RequestContext(known, other), call.role.account)


_ABSENT = frozenset(
    {
        "aws:multifactorauthage",
        "aws:multifactorauthpresent",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:username",
    }
)


def chained_call_context(call: PodIdentityCall, external_id: str) -> dict[str, ContextValue]:
    """Return the keys of the second call, by which EKS Auth assumes the target role (P6, P7).

    Tags go along where they are on. Whether the external id does as well while tags are on is not documented.
    """
    keys = (*call.tags, *call.unknown_tags)
    found: dict[str, ContextValue] = {f"aws:RequestTag/{name}": Present((value,)) for name, value in call.tags.items()}
    found.update({f"aws:RequestTag/{name}": UNKNOWN for name in call.unknown_tags})
    for key in ("aws:TagKeys", "sts:TransitiveTagKeys"):
        found[key] = Present(keys, multivalued=True) if keys else ABSENT
    found["sts:ExternalId"] = Present((external_id,)) if external_id else UNKNOWN
    return found


def unsupported_host(spec: PodSpec, node: Node | None, labels: Mapping[str, str]) -> Host:
    """Return the kind of host on which no agent of Pod Identity serves, empty where one can (P16).

    Hybrid nodes are in doubt (X3). ``labels`` are the pod's.
    """
    of_node = (node.metadata.labels or {}) if node else {}
    selector = spec.node_selector or {}
    if (
        "eks.amazonaws.com/fargate-profile" in labels
        or (spec.node_name or "").startswith("fargate-")
        or of_node.get("eks.amazonaws.com/compute-type") == "fargate"
    ):
        return "fargate"
    systems = {of_node.get("kubernetes.io/os"), selector.get("kubernetes.io/os"), selector.get("beta.kubernetes.io/os")}
    if "windows" in systems:
        return "windows"
    return "hybrid" if of_node.get("eks.amazonaws.com/compute-type") == "hybrid" else ""


def has_built_in_agent(node: Node | None) -> bool:
    """Return whether a node of EKS Auto Mode brings the agent itself (P10)."""
    return node is not None and (node.metadata.labels or {}).get("eks.amazonaws.com/compute-type") == "auto"
