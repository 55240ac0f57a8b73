"""A rule of the user's role writes the subresource in another way than the API does.

What: compares the entries of `resources` with the subresource that is asked for.
Why it denies: an entry is compared whole; `pods/*` is no pattern, and a plural or a capital is another name (R23, R24).
Not a problem when: a custom resource really has a subresource of that name.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.rbac.request import ResourceRequest
from trustpath.paths.kubernetes_request.findings import RULE, at_rule
from trustpath.paths.kubernetes_request.walk import Walk


@cause("authorization", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold for the first entry that is meant to be the subresource."""
    miss = next((miss for miss in walk.rule_misses if miss.part == "subresource-spelling"), None)
    if miss is None or not isinstance(walk.request, ResourceRequest):
        return
    role = miss.grant.role
    pattern = " A star after the slash is no pattern: name each subresource." if miss.value.endswith("*") else ""
    yield Diagnosis(
        confidence="certain",
        title=f"{role.kind} `{role.name}` says `{miss.value}`, the subresource is `{walk.request.combined}`",
        explanation=f"An entry of resources is compared whole.{pattern}",
        evidence=at_rule(walk, miss, f"expected {walk.request.combined}"),
        expected=walk.request.combined,
        got=miss.value,
        symptom=walk.message,
        help=(f"in rule {miss.rule + 1} of {role}, write {walk.request.combined} for {miss.value}",),
        rank=RULE,
    )
