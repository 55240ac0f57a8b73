"""What comes nearest to allowing a request that no binding allows.

Two kinds: a rule that the subject holds and that one part keeps from matching (``RuleMiss``), and a binding
whose role would allow, but which does not count for this subject or in this place (``GrantMiss``).
"""

from collections.abc import Callable, Iterator
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
from trustpath.model.rbac import PolicyRule, Subject

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
    elif resource and named and verb and ALL not in (rule.resources or ()):
        yield miss("api-group", "apiGroups", -1, _shown(rule.api_groups))
    elif not resource and group:
        for index, entry in enumerate(rule.resources or ()):
            part = _slip(entry, request)
            if part is not None and verb:
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

Exists = Callable[[str, str], bool | None]
"""Whether a service account of this namespace and name exists; None where that was not read."""


def grant_misses(authorizer: Authorizer, user: User, request: Request, exists: Exists) -> list[GrantMiss]:
    """Return the bindings that would allow elsewhere or for somebody of a similar name, the nearest first."""
    return [*_elsewhere(authorizer, user, request), *_for_others(authorizer, user, request, exists)]


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


def _for_others(authorizer: Authorizer, user: User, request: Request, exists: Exists) -> Iterator[GrantMiss]:
    namespace = request.namespace if isinstance(request, ResourceRequest) else ""
    meant = _Meant(user, exists)
    found: list[tuple[tuple[int, float], GrantMiss]] = []
    for where in dict.fromkeys(("", namespace)):
        for key, grants in authorizer.grants_by_role(where).items():
            role = authorizer.rules_of(key)
            rule = role.match(request) if role else None
            if rule is None:
                continue
            for grant in grants:
                match = meant.by(grant)
                if match is not None:
                    why, likeness = match
                    order = (0 if why == "subject-namespace" else 1, -likeness)
                    found.append((order, GrantMiss(grant, rule, why)))
    for _, miss in sorted(found, key=lambda pair: pair[0]):
        yield miss


_Match = tuple[Literal["subject-namespace", "subject-name"], float]
_KINDS = {"user": "User", "group": "Group", "serviceaccount": "ServiceAccount"}


class _Meant:
    """Whom a binding may have meant: the user that asks, by a subject that is nearly it (R14 to R16)."""

    def __init__(self, user: User, exists: Exists) -> None:
        self.user = user
        self.account = account_of(user.name)
        self.exists = exists
        self.groups = [group for group in user.groups if not group.startswith("system:")]

    def by(self, grant: Grant) -> _Match | None:
        """Return how the subject of a grant differs from the user, None where it is plainly somebody else."""
        subject = grant.subject
        kind = _KINDS.get(subject.kind.lower(), "")
        if kind != subject.kind and kind:
            # The API server refuses the kind; in a manifest it may stand.
            same = subject.name in (self.user.name, *self.groups, self.account[1] if self.account else None)
            return ("subject-name", 1.0) if same else None
        if kind == "Group":
            return self._group(subject.name)
        if kind == "User" and subject.name in self.groups:
            return "subject-name", 1.0
        return self._service_account(grant) if self.account else self._user(subject)

    def _group(self, name: str) -> _Match | None:
        if name == self.user.name:
            return "subject-name", 1.0
        if self.account and name.startswith("system:serviceaccounts:"):
            near = _likeness(name.removeprefix("system:serviceaccounts:"), self.account[0])
            return ("subject-namespace", near) if near >= _SIMILAR else None
        if name.startswith("system:"):
            return None
        likeness = max((_likeness(name.lower(), group.lower()) for group in self.groups), default=0.0)
        return ("subject-name", likeness) if likeness >= _SIMILAR_USERS else None

    def _user(self, subject: Subject) -> _Match | None:
        if subject.kind != "User" or account_of(subject.name) is not None:
            return None
        likeness = _likeness(subject.name.lower(), self.user.name.lower())
        return ("subject-name", likeness) if likeness >= _SIMILAR_USERS else None

    def _service_account(self, grant: Grant) -> _Match | None:
        assert self.account is not None  # noqa: S101  # the caller has looked
        namespace, name = self.account
        subject = grant.subject
        if subject.kind == "ServiceAccount":
            their_namespace, their_name = subject.namespace or grant.namespace, subject.name
        else:
            # Written as a user: by the whole user name, by the bare name of the account, or turned round.
            parsed = account_of(subject.name)
            if parsed is None or parsed == (name, namespace):
                turned = parsed is not None
                return ("subject-name", 1.0) if turned or subject.name in (name, f"{namespace}:{name}") else None
            their_namespace, their_name = parsed
        if their_name == name:
            return "subject-namespace", 1.0
        if their_namespace != namespace:
            return None
        likeness = _likeness(their_name, name)
        if self.exists(their_namespace, their_name) is False:
            # Nobody can ever use the binding: somebody of this namespace was meant.
            return "subject-name", max(likeness, 0.5)
        return ("subject-name", likeness) if likeness >= _SIMILAR else None


def _likeness(one: str, other: str) -> float:
    if one in other or other in one:
        return 0.9
    return SequenceMatcher(None, one, other).ratio()
