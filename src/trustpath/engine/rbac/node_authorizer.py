"""What the Node authorizer says of a kubelet's request (R9; Kubernetes 1.35, plugin/pkg/auth/authorizer/node).

It lets a node work with its own objects: which those are depends on the pods that run on it, so that requests
for Secrets, ConfigMaps, volumes and the like stay unknown here.
"""

from typing import Literal

from msgspec import Struct

from trustpath.engine.rbac.request import Request, ResourceRequest, User
from trustpath.engine.rbac.rules import rule_allows
from trustpath.model.rbac import PolicyRule

NODES = "system:nodes"
OWN_ONLY = 32
"""Since Kubernetes 1.32 nodes read only their own Node and pods (AuthorizeNodeWithSelectors)."""
_PREFIX = "system:node:"

_READ = ["get", "list", "watch"]
# What every node may do, whatever runs on it.
_RULES = (
    PolicyRule(["create"], ["authentication.k8s.io"], ["tokenreviews"]),
    PolicyRule(["create"], ["authorization.k8s.io"], ["subjectaccessreviews", "localsubjectaccessreviews"]),
    PolicyRule(_READ, [""], ["services"]),
    PolicyRule(["create", "update", "patch"], ["", "events.k8s.io"], ["events"]),
    PolicyRule(["get"], [""], ["endpoints"]),
    PolicyRule(["create", *_READ], ["certificates.k8s.io"], ["certificatesigningrequests"]),
    PolicyRule(_READ, ["storage.k8s.io"], ["csidrivers"]),
    PolicyRule(_READ, ["node.k8s.io"], ["runtimeclasses"]),
    PolicyRule(["create", "update", "patch"], [""], ["nodes"]),
    PolicyRule(["update", "patch"], [""], ["nodes/status", "pods/status"]),
    PolicyRule(["create", "delete"], [""], ["pods"]),
    PolicyRule(["create"], [""], ["pods/eviction"]),
)
# What depends on the pods of the node: group, resource, subresource and verbs.
_RELATED: dict[tuple[str, str], frozenset[str]] = {
    ("", "configmaps"): frozenset(_READ),
    ("", "persistentvolumeclaims"): frozenset({"get"}),
    ("", "persistentvolumeclaims/status"): frozenset({"update", "patch"}),
    ("", "persistentvolumes"): frozenset({"get"}),
    ("", "pods"): frozenset(_READ),
    ("", "secrets"): frozenset(_READ),
    ("", "serviceaccounts"): frozenset({"get"}),
    ("", "serviceaccounts/token"): frozenset({"create"}),
    ("resource.k8s.io", "resourceclaims"): frozenset({"get"}),
    ("resource.k8s.io", "resourceslices"): frozenset(
        {"create", "delete", "deletecollection", "patch", "update", *_READ}
    ),
    ("storage.k8s.io", "volumeattachments"): frozenset({"get"}),
    ("certificates.k8s.io", "podcertificaterequests"): frozenset({"create", *_READ}),
    ("certificates.k8s.io", "clustertrustbundles"): frozenset(_READ),
}
_OWN = frozenset({"get", "create", "update", "patch", "delete"})


class NodeVerdict(Struct, frozen=True):
    """Allowed, no opinion, or unknown: it depends on what runs on the node, or on the node's name."""

    result: Literal["allowed", "no-opinion", "unknown"]
    says: str = ""


def node_of(user: User) -> str | None:
    """Return the name of the node that a user is, None for another user; it may be empty or not filled in."""
    if user.name.startswith(_PREFIX) and NODES in user.groups:
        return user.name.removeprefix(_PREFIX)
    return None


def decide(user: User, request: Request, version: int | None) -> NodeVerdict:
    """Return what the authorizer says; to users that are no node it says nothing.

    ``version`` is the minor version of Kubernetes, None where it is not known.
    """
    node = node_of(user)
    if node is None:
        return NodeVerdict("no-opinion")
    if not node:
        return NodeVerdict("no-opinion", f'unknown node for user "{user.name}"')
    if not isinstance(request, ResourceRequest):
        return NodeVerdict("no-opinion")
    if any(rule_allows(rule, request) for rule in _RULES):
        return NodeVerdict("allowed", "nodes may do this")
    key = (request.group, request.combined)
    if key in (("", "nodes"), ("", "pods")) and request.verb in _READ and version is not None and version < OWN_ONLY:
        return NodeVerdict("allowed", "nodes may read all of them before Kubernetes 1.32")
    if key == ("", "nodes") and request.verb in _READ:
        if version is None and request.name != node:
            return NodeVerdict("unknown", "nodes read their own Node only since Kubernetes 1.32")
        return _named(node, request.name, "nodes read their own Node only")
    if (request.group, request.resource) == ("coordination.k8s.io", "leases"):
        if request.verb not in _OWN or request.namespace != "kube-node-lease":
            return NodeVerdict("no-opinion", "nodes keep their lease in namespace kube-node-lease only")
        if request.verb == "create":
            return NodeVerdict("allowed", "nodes may make their lease")
        return _named(node, request.name, "nodes reach their own lease only")
    if key == ("storage.k8s.io", "csinodes"):
        if request.verb not in _OWN:
            return NodeVerdict("no-opinion")
        if request.verb == "create":
            return NodeVerdict("allowed", "nodes may make their CSINode")
        return _named(node, request.name, "nodes reach their own CSINode only")
    if request.verb in _RELATED.get(key, frozenset()):
        return NodeVerdict("unknown", "whether the object belongs to a pod of the node decides")
    return NodeVerdict("no-opinion")


def _named(node: str, name: str, rule: str) -> NodeVerdict:
    if not name:
        return NodeVerdict("no-opinion", rule)
    if "{{" in node:
        return NodeVerdict("unknown", rule)
    return NodeVerdict("allowed", rule) if name == node else NodeVerdict("no-opinion", rule)
