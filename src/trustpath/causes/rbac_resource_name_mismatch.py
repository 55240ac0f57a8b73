"""A rule of the user's role is limited to the names of other objects.

What: finds the rules that match but for `resourceNames`, on a request for one object.
Why it denies: names are compared whole; there are no patterns in them, and a star is a star (R25).
Not a problem when: the user is meant to reach only those objects.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.rbac.request import ResourceRequest
from trustpath.paths.kubernetes_request.findings import RULE, at_rule
from trustpath.paths.kubernetes_request.walk import Walk


@cause("authorization", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold for the first rule that names other objects than the one asked for."""
    miss = next((miss for miss in walk.rule_misses if miss.part == "resource-names"), None)
    request = walk.request
    if miss is None or not isinstance(request, ResourceRequest) or not request.name:
        return
    role = miss.grant.role
    star = " A star in resourceNames is no pattern." if "*" in miss.value else ""
    yield Diagnosis(
        confidence="certain",
        title=f"{role.kind} `{role.name}` allows this for `{miss.value}`, not for `{request.name}`",
        explanation=f"resourceNames are compared whole.{star}",
        evidence=at_rule(walk, miss, f"{request.name} is not among them"),
        expected=request.name,
        got=miss.value,
        symptom=walk.message,
        help=(f"in {role}, add {request.name} to the resourceNames of rule {miss.rule + 1}",),
        rank=RULE + 2,
    )
