"""Who may do something: every grant whose role allows the request (4.12)."""

from trustpath.engine.rbac.authorizer import Allowed, Authorizer, Grant
from trustpath.engine.rbac.request import Request, ResourceRequest


def who_can(authorizer: Authorizer, request: Request) -> tuple[tuple[Allowed, ...], tuple[Grant, ...]]:
    """Return the grants that allow, bindings of the cluster first, and those whose role was not read.

    Each role is asked once, however many bindings grant it. ``system:masters`` is not among them: that group
    is allowed before RBAC (R10).
    """
    namespace = request.namespace if isinstance(request, ResourceRequest) else ""
    allowed: list[Allowed] = []
    unknown: list[Grant] = []
    for where in ("", namespace) if namespace else ("",):
        for key, grants in authorizer.grants_by_role(where).items():
            role = authorizer.rules_of(key)
            if role is None:
                if authorizer.may_exist(key):
                    unknown.extend(grants)
                continue
            rule = role.match(request)
            if rule is not None:
                allowed.extend(Allowed(grant, rule) for grant in grants)
    allowed.sort(key=lambda item: (item.grant.namespace != "", item.grant.order, item.grant.position))
    return tuple(allowed), tuple(unknown)
