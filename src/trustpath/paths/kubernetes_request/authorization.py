"""The second link: the API server's authorizers let the user do it (R10, R28, R51, R52)."""

from msgspec import structs

from trustpath.engine.rbac import node_authorizer
from trustpath.engine.rbac.authorizer import Allowed
from trustpath.engine.rbac.request import MASTERS, ResourceRequest
from trustpath.model.trace import Need
from trustpath.paths.kubernetes_request.walk import Walk
from trustpath.paths.links import NOT_REACHED, Finding, LinkResult, broken, ok, unknown

WEBSOCKETS_NEED_CREATE = 35
_WEBSOCKETS = frozenset({"exec", "attach", "portforward"})


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    if walk.user is None:
        return NOT_REACHED
    if walk.request is None:
        return LinkResult("not-applicable", "nothing is asked for but who the user is")
    if MASTERS in walk.user.groups:
        return ok(f"group {MASTERS} may do everything, before RBAC is asked")
    if walk.is_unheard:
        return broken(
            "the cluster takes anonymous requests for its health only",
            expected="a token",
            got="401 Unauthorized",
        )
    decision = walk.decision = walk.rbac.authorizer.decide(walk.user, walk.request)
    if isinstance(decision, Allowed) and (upgrade := _upgrade(walk)) is not None:
        second = walk.rbac.authorizer.decide(walk.user, upgrade)
        if not isinstance(second, Allowed):
            # R48: what is refused is the second check, and it is the one to explain.
            walk.request, walk.decision = upgrade, second
            decision = second
    if isinstance(decision, Allowed):
        place = walk.rbac.rule_source(decision.grant, decision.rule)
        evidence = (Finding(place, "", "this rule allows it"),) if place else ()
        return ok(f"allowed by {decision.grant}, rule {decision.rule + 1}", *evidence)
    node = node_authorizer.decide(walk.user, walk.request, walk.cluster_version)
    if node.result == "allowed":
        return ok(f"the Node authorizer allows it: {node.says}")
    needs = tuple(walk.rbac.unread(walk.request, decision.unknown))
    if node.result == "unknown":
        name = walk.user.name.removeprefix("system:node:")
        needs = (*needs, Need(f"what runs on node {name}, and the cluster's version: {node.says}"))
    verdicts, unread = walk.policies_of_user
    for verdict in verdicts:
        if verdict.result == "allowed":
            return ok(f"access policy {verdict.policy.name} of the entry with this username allows it")
        if verdict.result == "unknown":
            needs = (*needs, Need(f"what access policy {verdict.policy.name} allows: AWS's page of access policies"))
    needs = (*needs, *unread)
    if needs and walk.refused_by_message:
        return structs.replace(by_message(), needs=needs)
    if needs:
        return unknown("no binding that was read allows it, and not all were read", *needs)
    return broken(
        f"no binding lets {walk.who} {walk.asked}",
        expected="a binding to a role with a rule for it",
        got=f"403 Forbidden, {decision.reason}" if decision.reason else "403 Forbidden",
    )


def _upgrade(walk: Walk) -> ResourceRequest | None:
    """Return the second check of a websocket into a pod, which Kubernetes makes from 1.35 on (R48)."""
    request = walk.request
    if not isinstance(request, ResourceRequest) or (walk.cluster_version or 0) < WEBSOCKETS_NEED_CREATE:
        return None
    into_pod = (request.group, request.resource) == ("", "pods") and request.subresource in _WEBSOCKETS
    return structs.replace(request, verb="create") if into_pod and request.verb == "get" else None


def by_message() -> LinkResult:
    """Return the link as a message breaks it, where the facts cannot tell."""
    return broken(
        "the API server's message says so; what is missing cannot be told without all roles, bindings and policies",
        got="403 Forbidden",
    )
