"""What EKS access policies allow, as rules of RBAC (eks-identity A14 to A19, A17m).

The policies' documents are AWS's; what is not in A17m is known by name alone, and its effect is unknown.
"""

import re
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from trustpath.engine.rbac.request import Request, ResourceRequest
from trustpath.engine.rbac.rules import rule_allows
from trustpath.model.eks import AssociatedPolicy
from trustpath.model.rbac import PolicyRule

READ = ["get", "list", "watch"]
WRITE = ["create", "delete", "deletecollection", "patch", "update"]


def _expand(resources: str) -> list[str]:
    """Write `x{,/status}` out as x and x/status."""
    expanded: list[str] = []
    for word in resources.split():
        name, brace, endings = word.removesuffix("}").partition("{")
        expanded += [name + ending for ending in endings.split(",")] if brace else [name]
    return expanded


def _rules(verbs: list[str], table: dict[str, str]) -> list[PolicyRule]:
    return [PolicyRule(verbs, [group], _expand(resources)) for group, resources in table.items()]


_VIEW = _rules(
    READ,
    {
        "": "configmaps endpoints persistentvolumeclaims{,/status} pods replicationcontrollers{,/scale,/status} "
        "serviceaccounts services{,/status} bindings events limitranges namespaces{,/status} pods/log pods/status "
        "resourcequotas{,/status}",
        "apps": "controllerrevisions daemonsets{,/status} deployments{,/scale,/status} replicasets{,/scale,/status} "
        "statefulsets{,/scale,/status}",
        "autoscaling": "horizontalpodautoscalers{,/status}",
        "batch": "cronjobs{,/status} jobs{,/status}",
        "discovery.k8s.io": "endpointslices",
        "extensions": "daemonsets{,/status} deployments{,/scale,/status} ingresses{,/status} networkpolicies "
        "replicasets{,/scale,/status} replicationcontrollers/scale",
        "networking.k8s.io": "ingresses{,/status} networkpolicies",
        "policy": "poddisruptionbudgets{,/status}",
    },
)
_EDIT = [
    *_VIEW,
    *_rules(READ, {"": "secrets pods/attach pods/exec pods/portforward pods/proxy services/proxy"}),
    *_rules(
        WRITE,
        {
            "": "configmaps events persistentvolumeclaims replicationcontrollers{,/scale} secrets serviceaccounts "
            "services{,/proxy} pods{,/attach,/exec,/portforward,/proxy}",
            "apps": "daemonsets deployments{,/rollback,/scale} replicasets{,/scale} statefulsets{,/scale}",
            "autoscaling": "horizontalpodautoscalers",
            "batch": "cronjobs jobs",
            "extensions": "daemonsets deployments{,/rollback,/scale} ingresses networkpolicies replicasets{,/scale} "
            "replicationcontrollers/scale",
            "networking.k8s.io": "ingresses networkpolicies",
            "policy": "poddisruptionbudgets",
        },
    ),
    PolicyRule(["impersonate"], [""], ["serviceaccounts"]),
]
_ADMIN = [
    *_EDIT,
    PolicyRule(["create"], ["authorization.k8s.io"], ["localsubjectaccessreviews"]),
    PolicyRule(READ + WRITE, ["rbac.authorization.k8s.io"], ["roles", "rolebindings"]),
]

RULES: dict[str, list[PolicyRule]] = {
    "AmazonEKSAdminPolicy": _ADMIN,
    "AmazonEKSAdminViewPolicy": [PolicyRule(READ, ["*"], ["*"])],
    "AmazonEKSClusterAdminPolicy": [
        PolicyRule(["*"], ["*"], ["*"]),
        PolicyRule(["*"], non_resource_urls=["*"]),
    ],
    "AmazonEKSEditPolicy": _EDIT,
    "AmazonEKSSecretReaderPolicy": [PolicyRule(READ, [""], ["secrets"])],
    "AmazonEKSViewPolicy": _VIEW,
}
"""The rules of the policies whose rules are known, by name."""

_PATTERN = re.compile(r"arn:[\w-]+:eks::aws:cluster-access-policy/[\w+=,.@-]+")


class Verdict(Struct, frozen=True):
    """What one associated policy says to a request.

    ``allowed``: it allows; ``scope``: it would in other namespaces; ``rules``: it does not cover the request;
    ``unknown``: its scope covers the request and its rules are not known.
    """

    policy: AssociatedPolicy
    result: Literal["allowed", "scope", "rules", "unknown"]


def covers(policy: AssociatedPolicy, request: Request) -> bool:
    """Return whether a request is within the scope of a policy: the cluster, or one of its namespaces (A14, A19)."""
    if policy.namespaces is None:
        return True
    if not isinstance(request, ResourceRequest) or not request.namespace:
        return False
    return any(_fits(pattern, request.namespace) for pattern in policy.namespaces)


def _fits(pattern: str, namespace: str) -> bool:
    """Return whether a namespace fits a pattern with stars, in one pass."""
    first, *middle = pattern.split("*")
    if not middle:
        return pattern == namespace
    last = middle.pop()
    if not namespace.startswith(first) or len(namespace) < len(first) + len(last) or not namespace.endswith(last):
        return False
    at, end = len(first), len(namespace) - len(last)
    for part in middle:
        found = namespace.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def judge(policy: AssociatedPolicy, request: Request) -> Verdict:
    """Return what a policy says to a request. Policies only allow (A14)."""
    in_scope = covers(policy, request)
    rules = RULES.get(policy.name) if _PATTERN.fullmatch(policy.policy_arn) else None
    if rules is None:
        return Verdict(policy, "unknown" if in_scope else "scope")
    if not any(rule_allows(rule, request) for rule in rules):
        return Verdict(policy, "rules")
    return Verdict(policy, "allowed" if in_scope else "scope")


def judge_all(policies: Iterable[AssociatedPolicy], request: Request) -> tuple[Verdict, ...]:
    """Return what each policy says: the request is allowed where one of them allows."""
    return tuple(judge(policy, request) for policy in policies)
