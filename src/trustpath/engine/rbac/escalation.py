"""Whether a user may write a role or a binding: it must hold what it grants (R36 to R42)."""

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from trustpath.engine.rbac.authorizer import Authorizer, RoleKey
from trustpath.engine.rbac.request import MASTERS, ResourceRequest, User
from trustpath.engine.rbac.rules import ALL
from trustpath.model.rbac import Binding, PolicyRule, Role

Allows = Callable[[ResourceRequest], bool]

API_GROUP = "rbac.authorization.k8s.io"
_EVERYTHING = [PolicyRule(["*"], ["*"], ["*"]), PolicyRule(["*"], non_resource_urls=["*"])]


class Escalation(Struct, frozen=True):
    """What the user would grant without holding it. Nothing: it may write the object.

    ``unread`` names the role that a binding grants where it was not read: it may hold anything.
    """

    missing: tuple[PolicyRule, ...] = ()
    unread: str = ""


def covers(owned: Iterable[PolicyRule], granted: Iterable[PolicyRule]) -> tuple[PolicyRule, ...]:
    """Return the pieces of the granted rules that no owned rule covers (R37)."""
    own = tuple(owned)
    by_resource: dict[str, list[PolicyRule]] = {}
    for rule in own:
        for resource in rule.resources or ():
            by_resource.setdefault(resource, []).append(rule)

    def candidates(piece: PolicyRule) -> Iterator[PolicyRule]:
        for resource in piece.resources or ():
            yield from by_resource.get(resource, ())
            yield from by_resource.get(ALL, ())
            if "/" in resource:
                yield from by_resource.get(f"*/{resource.partition('/')[2]}", ())
        if not piece.resources:
            yield from own

    return tuple(
        piece
        for rule in granted
        for piece in _pieces(rule)
        if not any(_covers(one, piece) for one in candidates(piece))
    )


def _pieces(rule: PolicyRule) -> Iterator[PolicyRule]:
    """Break a rule into single verbs on single resources, names and URLs."""
    for group in rule.api_groups or ():
        for resource in rule.resources or ():
            for verb in rule.verbs or ():
                for name in rule.resource_names or (None,):
                    yield PolicyRule([verb], [group], [resource], None if name is None else [name])
    for url in rule.non_resource_urls or ():
        for verb in rule.verbs or ():
            yield PolicyRule([verb], non_resource_urls=[url])


def _covers(owner: PolicyRule, piece: PolicyRule) -> bool:
    """Return whether one rule covers a piece: a wildcard has to be held as a wildcard."""
    verbs, groups, names = owner.verbs or (), owner.api_groups or (), owner.resource_names or ()
    if not (ALL in verbs or all(verb in verbs for verb in piece.verbs or ())):
        return False
    if not (ALL in groups or all(group in groups for group in piece.api_groups or ())):
        return False
    if not all(_resource_covered(owner.resources or (), resource) for resource in piece.resources or ()):
        return False
    if not all(_url_covered(owner.non_resource_urls or (), url) for url in piece.non_resource_urls or ()):
        return False
    wanted = piece.resource_names or ()
    return not names or (bool(wanted) and all(name in names for name in wanted))


def _resource_covered(owned: Iterable[str], resource: str) -> bool:
    owned = tuple(owned)
    _, slash, subresource = resource.partition("/")
    return ALL in owned or resource in owned or (bool(slash) and f"*/{subresource}" in owned)


def _url_covered(owned: Iterable[str], url: str) -> bool:
    return any(entry == url or (entry.endswith(ALL) and url.startswith(entry.rstrip(ALL))) for entry in owned)


def owned_rules(authorizer: Authorizer, user: User, namespace: str) -> tuple[PolicyRule, ...]:
    """Return the rules that a user holds in a namespace, by RBAC alone (R41)."""
    rules: list[PolicyRule] = []
    for grant in authorizer.grants_of(user, namespace):
        role = authorizer.rules_of(grant.role)
        rules.extend(role.rules if role else ())
    return tuple(rules)


def write_role(
    authorizer: Authorizer, allows: Allows, user: User, kind: str, role: Role, *, name_known: bool
) -> Escalation:
    """Return what writing a role would escalate. ``name_known`` is false for a create by POST (R36).

    ``allows`` asks all authorizers: the verb escalate may come from an access policy (R41).
    """
    namespace = (role.metadata.namespace or "") if kind == "Role" else ""
    if MASTERS in user.groups:
        return Escalation()
    resource = "roles" if kind == "Role" else "clusterroles"
    name = role.metadata.name if name_known else ""
    if allows(ResourceRequest("escalate", API_GROUP, resource, "", namespace, name)):
        return Escalation()
    owned = owned_rules(authorizer, user, namespace)
    # R38: who has the role put together from others gives away whatever will be in it.
    wanted = [*(role.rules or ()), *(_EVERYTHING if role.aggregation_rule is not None else ())]
    return Escalation(covers(owned, wanted))


def write_binding(authorizer: Authorizer, allows: Allows, user: User, kind: str, binding: Binding) -> Escalation:
    """Return what writing a binding would escalate (R39)."""
    namespace = (binding.metadata.namespace or "") if kind == "RoleBinding" else ""
    reference = binding.role_ref
    if MASTERS in user.groups:
        return Escalation()
    resource = "roles" if reference.kind == "Role" else "clusterroles"
    if allows(ResourceRequest("bind", API_GROUP, resource, "", namespace, reference.name)):
        return Escalation()
    key = RoleKey(reference.kind, namespace if reference.kind == "Role" else "", reference.name)
    role = authorizer.rules_of(key)
    if role is None:
        return Escalation(unread=str(key))
    return Escalation(covers(owned_rules(authorizer, user, namespace), role.rules))


def described(rule: PolicyRule) -> str:
    """Return a rule as the API server's message prints it (R42)."""
    parts = []
    for title, values in (
        ("APIGroups", rule.api_groups),
        ("Resources", rule.resources),
        ("NonResourceURLs", rule.non_resource_urls),
        ("ResourceNames", rule.resource_names),
        ("Verbs", rule.verbs),
    ):
        if values:
            shown = " ".join(f'"{value}"' for value in values)
            parts.append(f"{title}:[{shown}]")
    return "{" + ", ".join(parts) + "}"
