"""Whether a rule of a role covers a request (R20 to R27).

A role is compiled once: its rules are found by the resource that they name, so that a role of a hundred
rules is decided by looking at the few that name the resource, everything, or the subresource everywhere.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from trustpath.engine.rbac.request import Request, ResourceRequest
from trustpath.model.rbac import PolicyRule

ALL = "*"


def verb_matches(rule: PolicyRule, verb: str) -> bool:
    """R21: ``*`` covers every verb, those that are no HTTP method too."""
    verbs = rule.verbs or ()
    return verb in verbs or ALL in verbs


def group_matches(rule: PolicyRule, group: str) -> bool:
    """R22: the core group is the empty text, and only that."""
    groups = rule.api_groups or ()
    return group in groups or ALL in groups


def resource_matches(rule: PolicyRule, resource: str, subresource: str) -> bool:
    """R23: ``*`` with all subresources, the resource itself, or ``*/subresource``."""
    resources = rule.resources or ()
    if ALL in resources:
        return True
    if not subresource:
        return resource in resources
    return f"{resource}/{subresource}" in resources or f"*/{subresource}" in resources


def name_matches(rule: PolicyRule, name: str) -> bool:
    """R25: no list means every name; a list has no patterns."""
    return not rule.resource_names or name in rule.resource_names


def url_matches(rule: PolicyRule, path: str) -> bool:
    """R27: equal, or below the stem before the stars that end the entry."""
    return any(
        entry in (ALL, path) or (entry.endswith(ALL) and path.startswith(entry.rstrip(ALL)))
        for entry in rule.non_resource_urls or ()
    )


def rule_allows(rule: PolicyRule, request: Request) -> bool:
    """R20: all parts of the rule have to match; the other kind's parts are not read."""
    if not verb_matches(rule, request.verb):
        return False
    if isinstance(request, ResourceRequest):
        return (
            group_matches(rule, request.group)
            and resource_matches(rule, request.resource, request.subresource)
            and name_matches(rule, request.name)
        )
    return url_matches(rule, request.path)


class CompiledRole(Struct, frozen=True):
    """The rules of a role in their order, and for each resource that they name the numbers of the rules."""

    rules: tuple[PolicyRule, ...]
    by_resource: dict[str, tuple[int, ...]]
    for_urls: tuple[int, ...]

    def match(self, request: Request) -> int | None:
        """Return the number of the first rule that allows the request, or None."""
        best: int | None = None
        for candidates in self._candidates(request):
            for number in candidates:
                if best is not None and number >= best:
                    break
                if rule_allows(self.rules[number], request):
                    best = number
                    break
        return best

    def _candidates(self, request: Request) -> Iterable[tuple[int, ...]]:
        if not isinstance(request, ResourceRequest):
            return (self.for_urls,)
        named = self.by_resource
        if not named:
            return ()
        found = (named.get(ALL, ()), named.get(request.combined, ()))
        return (*found, named.get(f"*/{request.subresource}", ())) if request.subresource else found


def compile_rules(rules: Sequence[PolicyRule]) -> CompiledRole:
    """Return the rules with their index."""
    by_resource: dict[str, list[int]] = {}
    for number, rule in enumerate(rules):
        for resource in dict.fromkeys(rule.resources or ()):
            by_resource.setdefault(resource, []).append(number)
    urls = tuple(number for number, rule in enumerate(rules) if rule.non_resource_urls)
    return CompiledRole(tuple(rules), {key: tuple(numbers) for key, numbers in by_resource.items()}, urls)
