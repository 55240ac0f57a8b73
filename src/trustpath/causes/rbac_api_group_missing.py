"""A rule of the user's role has the resource in another API group.

What: finds the rules that name the resource and not its API group.
Why it denies: a resource is known by group and name; an older group of the same kind is another resource (R22).
Not a problem when: the client asks for the older group as well.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.rbac.request import ResourceRequest
from trustpath.paths.kubernetes_request.findings import RULE, at_rule
from trustpath.paths.kubernetes_request.walk import Walk


@cause("authorization", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold for the first rule that names the resource in other groups."""
    miss = next((miss for miss in walk.rule_misses if miss.part == "api-group"), None)
    if miss is None or not isinstance(walk.request, ResourceRequest):
        return
    role = miss.grant.role
    group = f'"{walk.request.group}"'
    note = "The core group is the empty text; `core` and `v1` are no groups." if not walk.request.group else ""
    if "/" in miss.value:
        note = "A version such as v1 is no part of a group."
    yield Diagnosis(
        confidence="certain",
        title=f"{role.kind} `{role.name}` has `{walk.request.combined}` in API group {miss.value}, not in {group}",
        explanation=note or "A rule for one API group does not cover the same name in another.",
        evidence=at_rule(walk, miss, f"expected {group}"),
        expected=group,
        got=miss.value,
        symptom=walk.message,
        help=(f"in {role}, add {group} to the apiGroups of rule {miss.rule + 1}",),
        rank=RULE + 4,
    )
