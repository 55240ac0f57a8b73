"""The least rules that cover what somebody did: no wildcard, and names where they are few and stay the same."""

import re
from collections.abc import Iterable

from trustpath.model.rbac import PolicyRule
from trustpath.model.use import MOST_NAMES, Use

_UNNAMED = frozenset({"create", "deletecollection", "list", "watch"})
"""Verbs whose requests have no name (R26)."""
_GENERATED = re.compile(
    r".*-(?:[bcdfghjklmnpqrstvwxz2456789]{5}|[0-9a-f]{8,10}(?:-[bcdfghjklmnpqrstvwxz2456789]{5})?|\d{6,})"
)
"""A name that ends as Kubernetes or a clock makes it."""


def rules_of(uses: Iterable[Use]) -> dict[str, list[PolicyRule]]:
    """Return the rules by namespace, under the empty one those that need a ClusterRole.

    What is done in all namespaces is not repeated for one.
    """
    whole: dict[tuple[str, str, frozenset[str]], set[str]] = {}
    by_namespace: dict[str, dict[tuple[str, str, frozenset[str]], set[str]]] = {}
    paths: dict[str, set[str]] = {}
    listed = list(uses)
    for use in listed:
        if use.path:
            paths.setdefault(use.path, set()).add(use.verb)
        elif not use.namespace:
            whole.setdefault((use.group, use.resource, stable_names(use)), set()).add(use.verb)
    for use in listed:
        if use.path or not use.namespace:
            continue
        if use.verb in whole.get((use.group, use.resource, frozenset()), ()):
            continue
        key = (use.group, use.resource, stable_names(use))
        by_namespace.setdefault(use.namespace, {}).setdefault(key, set()).add(use.verb)
    found = {namespace: _rules(items) for namespace, items in sorted(by_namespace.items())}
    everywhere = _rules(whole)
    everywhere += [PolicyRule(sorted(verbs), non_resource_urls=[path]) for path, verbs in sorted(paths.items())]
    return {"": everywhere, **found} if everywhere else found


def stable_names(use: Use) -> frozenset[str]:
    """Return the names to write into a rule, none where they change or a request has none."""
    if use.verb in _UNNAMED or not use.names or len(use.names) > MOST_NAMES:
        return frozenset()
    return frozenset() if any(_GENERATED.fullmatch(name) for name in use.names) else use.names


def is_for_every_name(use: Use) -> bool:
    """Return whether the rule for a use allows more names than were asked for."""
    return bool(use.resource) and use.verb not in _UNNAMED and not stable_names(use)


def _rules(items: dict[tuple[str, str, frozenset[str]], set[str]]) -> list[PolicyRule]:
    """Return one rule for each set of verbs: resources of a group with the same verbs and names stand together."""
    alike: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for (group, resource, names), verbs in items.items():
        alike.setdefault((group, tuple(sorted(names)), tuple(sorted(verbs))), []).append(resource)
    return [
        PolicyRule(list(verbs), [group], sorted(resources), list(names) or None)
        for (group, names, verbs), resources in sorted(alike.items())
    ]
