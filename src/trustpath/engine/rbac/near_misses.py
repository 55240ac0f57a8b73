"""What comes nearest to allowing a request that no binding allows.

Two kinds: a rule that the subject holds and that one part keeps from matching (``RuleMiss``), and a binding
whose role would allow, but which does not count for this subject or in this place (``GrantMiss``).
"""

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal

from msgspec import Struct

from trustpath.engine.rbac.authorizer import Authorizer, Grant
from trustpath.engine.rbac.request import Request, ResourceRequest, User, account_of
from trustpath.engine.rbac.rules import (
    ALL,
    group_matches,
    name_matches,
    resource_matches,
    url_matches,
    verb_matches,
)
from trustpath.model.api_resources import find_resource
from trustpath.model.rbac import PolicyRule

RulePart = Literal[
    "resource-names",
    "resource-syntax",
    "subresource-spelling",
    "verb",
    "api-group",
    "resource-spelling",
    "subresource",
]
"""The part of a rule that does not match, the surest sign of a slip first."""

_SIMILAR = 0.6
_SIMILAR_USERS = 0.8


class RuleMiss(Struct, frozen=True):
    """A rule that the subject holds and that does not match by one part.

    ``field`` and ``index`` lead to what stands there instead, ``value``; the index is -1 for the whole list.
    ``named`` is false where the rule speaks of everything and not of this resource.
    """

    grant: Grant
    rule: int
    part: RulePart
    field: str
    index: int
    value: str
    named: bool


class GrantMiss(Struct, frozen=True):
    """A binding whose role has a rule for the request, and why it is of no use.

    ``namespace``: it binds the subject in another namespace; ``scope``: in some namespace, where the request is
    for the whole cluster; ``subject-namespace`` and ``subject-name``: it counts here, for another subject.
    """

    grant: Grant
    rule: int
    why: Literal["namespace", "scope", "subject-namespace", "subject-name"]


# Rules


def rule_misses(authorizer: Authorizer, user: User, request: Request) -> list[RuleMiss]:
    """Return the rules of the subject's own roles that come near, the nearest first."""
    namespace = request.namespace if isinstance(request, ResourceRequest) else ""
    found: list[RuleMiss] = []
    for grant in authorizer.grants_of(user, namespace):
        role = authorizer.rules_of(grant.role)
        for number, rule in enumerate(role.rules if role else ()):
            found.extend(_rule_miss(grant, number, rule, request))
    parts = RulePart.__args__  # type: ignore[attr-defined]  # the order of the literals is the order of nearness
    return sorted(found, key=lambda miss: (not miss.named, parts.index(miss.part)))


def _rule_miss(grant: Grant, number: int, rule: PolicyRule, request: Request) -> Iterator[RuleMiss]:
    if not isinstance(request, ResourceRequest):
        if url_matches(rule, request.path) and not verb_matches(rule, request.verb):
            yield RuleMiss(grant, number, "verb", "verbs", -1, _shown(rule.verbs), True)
        return
    verb = verb_matches(rule, request.verb)
    group = group_matches(rule, request.group)
    resource = resource_matches(rule, request.resource, request.subresource)
    named = _names(rule, request)

    def miss(part: RulePart, field: str, index: int, value: str) -> RuleMiss:
        return RuleMiss(grant, number, part, field, index, value, named or part not in ("verb", "subresource"))

    if resource and group:
        if verb and not name_matches(rule, request.name):
            yield miss("resource-names", "resourceNames", -1, _shown(rule.resource_names))
        elif not verb and name_matches(rule, request.name):
            yield miss("verb", "verbs", -1, _shown(rule.verbs))
    elif resource and named and ALL not in (rule.resources or ()):
        yield miss("api-group", "apiGroups", -1, _shown(rule.api_groups))
    elif not resource and group:
        for index, entry in enumerate(rule.resources or ()):
            part = _slip(entry, request)
            if part is not None and (verb or part != "resource-spelling"):
                yield miss(part, "resources", index, entry)
                return
        if request.subresource and resource_matches(rule, request.resource, ""):
            yield miss("subresource", "resources", -1, _shown(rule.resources))


def _names(rule: PolicyRule, request: ResourceRequest) -> bool:
    """Return whether a rule speaks of this very resource: by name, or as everything in its own group."""
    resources = rule.resources or ()
    return (
        request.combined in resources
        or f"*/{request.subresource}" in resources
        or (ALL in resources and ALL not in (rule.api_groups or ()) and not request.subresource)
    )


def _slip(entry: str, request: ResourceRequest) -> RulePart | None:
    """Return how an entry of ``resources`` means the request without saying it (R23, R24), else None."""
    resource, slash, rest = entry.partition("/")
    lower = resource.lower()
    same = lower == request.resource or _plural(lower) == request.resource
    if request.subresource:
        if not slash and same and entry != request.resource:
            return None
        # `pods/logs`, `pod/log`, `Pods/Log`, `pods/*` for pods/log
        alike = rest.lower() in (ALL, request.subresource, f"{request.subresource}s", request.subresource.rstrip("s"))
        return "subresource-spelling" if slash and same and alike else None
    if slash and same and rest in (request.name, "*") and rest:
        return "resource-syntax"
    return "resource-spelling" if not slash and same and resource != request.resource else None


def _plural(word: str) -> str:
    found = find_resource(word)
    if found is not None:
        return found.name
    return f"{word}s" if not word.endswith("s") else word


def _shown(values: list[str] | None) -> str:
    return ", ".join(f'"{value}"' if value == "" else value for value in values or ())


# Bindings


def grant_misses(authorizer: Authorizer, user: User, request: Request) -> list[GrantMiss]:
    """Return the bindings that would allow elsewhere or for somebody of a similar name, the nearest first."""
    return [*_elsewhere(authorizer, user, request), *_for_others(authorizer, user, request)]


def _elsewhere(authorizer: Authorizer, user: User, request: Request) -> Iterator[GrantMiss]:
    if not isinstance(request, ResourceRequest):
        return
    for namespace in authorizer.namespaces:
        if namespace == request.namespace:
            continue
        for grant in authorizer.grants_in(user, namespace):
            rule = _allowing_rule(authorizer, grant, request)
            if rule is not None:
                yield GrantMiss(grant, rule, "namespace" if request.namespace else "scope")


def _allowing_rule(authorizer: Authorizer, grant: Grant, request: Request) -> int | None:
    role = authorizer.rules_of(grant.role)
    return role.match(request) if role else None


def _for_others(authorizer: Authorizer, user: User, request: Request) -> Iterator[GrantMiss]:
    namespace = request.namespace if isinstance(request, ResourceRequest) else ""
    own = account_of(user.name)
    found: list[tuple[tuple[int, float], GrantMiss]] = []
    for where in dict.fromkeys(("", namespace)):
        for key, grants in authorizer.grants_by_role(where).items():
            role = authorizer.rules_of(key)
            rule = role.match(request) if role else None
            if rule is None:
                continue
            for grant in grants:
                match = _nearness(grant, user, own)
                if match is not None:
                    why, likeness = match
                    order = (0 if why == "subject-namespace" else 1, -likeness)
                    found.append((order, GrantMiss(grant, rule, why)))
    for _, miss in sorted(found, key=lambda pair: pair[0]):
        yield miss


def _nearness(
    grant: Grant, user: User, own: tuple[str, str] | None
) -> tuple[Literal["subject-namespace", "subject-name"], float] | None:
    """Return how the subject of a grant differs from the user, None where it is plainly somebody else (R14 to R16)."""
    subject = grant.subject
    if own is None:
        if subject.kind != "User" or account_of(subject.name) is not None:
            return None
        likeness = _likeness(subject.name.lower(), user.name.lower())
        return ("subject-name", likeness) if likeness >= _SIMILAR_USERS else None
    namespace, name = own
    if subject.kind == "ServiceAccount":
        their_namespace, their_name = subject.namespace or grant.namespace, subject.name
    elif subject.kind == "User":
        # Written as a user: by the whole user name, or by the bare name of the account.
        parsed = account_of(subject.name)
        if parsed is None:
            return ("subject-name", 1.0) if subject.name in (name, f"{namespace}:{name}") else None
        their_namespace, their_name = parsed
    else:
        return None
    if their_name == name:
        return "subject-namespace", 1.0
    if their_namespace != namespace:
        return None
    likeness = _likeness(their_name, name)
    return ("subject-name", likeness) if likeness >= _SIMILAR else None


def _likeness(one: str, other: str) -> float:
    if one in other or other in one:
        return 0.9
    return SequenceMatcher(None, one, other).ratio()
