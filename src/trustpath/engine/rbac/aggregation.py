"""The rules of an aggregated ClusterRole, as the controller copies them together (R30 to R32).

The authorizer reads what is stored. In manifests nothing is stored yet, so that it is worked out here.
"""

from collections.abc import Mapping

from trustpath.engine.labels import selects
from trustpath.model.rbac import PolicyRule, Role


def aggregate(roles: Mapping[str, Role]) -> dict[str, tuple[PolicyRule, ...]]:
    """Return the rules of every ClusterRole, by name, once the controller has nothing left to do.

    A role with an aggregation rule has the rules of the roles that one of its selectors selects, in the order
    of their names and each once; its own are lost (R31). One aggregated role may feed another.
    """
    rules = {name: tuple(role.rules or ()) for name, role in roles.items()}
    aggregated = {name: role for name, role in roles.items() if role.aggregation_rule is not None}
    # Each round carries rules one role further; a chain is at most as long as there are aggregated roles.
    for _ in range(len(aggregated) + 1):
        before = dict(rules)
        for name, role in aggregated.items():
            rules[name] = _collected(name, role, roles, rules)
        if rules == before:
            break
    return rules


def _collected(
    name: str, role: Role, roles: Mapping[str, Role], rules: Mapping[str, tuple[PolicyRule, ...]]
) -> tuple[PolicyRule, ...]:
    found: list[PolicyRule] = []
    selectors = (role.aggregation_rule.cluster_role_selectors or ()) if role.aggregation_rule else ()
    for selector in selectors:
        for other in sorted(roles):
            if other != name and selects(selector, roles[other].metadata.labels or {}):
                found.extend(rule for rule in rules[other] if rule not in found)
    return tuple(found)
