"""A rule of the user's role writes the object's name behind the resource.

What: finds entries of `resources` that are the resource, a slash and the name of the object.
Why it denies: what follows the slash is a subresource; names belong into `resourceNames` (R23, R25).
Not a problem when: the resource has a subresource of that name.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.rbac.request import ResourceRequest
from trustpath.paths.kubernetes_request.findings import RULE, at_rule
from trustpath.paths.kubernetes_request.walk import Walk


@cause("authorization", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold for the first entry with a name behind the slash."""
    miss = next((miss for miss in walk.rule_misses if miss.part == "resource-syntax"), None)
    request = walk.request
    if miss is None or not isinstance(request, ResourceRequest):
        return
    role = miss.grant.role
    name = miss.value.partition("/")[2]
    names = "" if name == "*" else f" and resourceNames [{name}]"
    yield Diagnosis(
        confidence="certain",
        title=f"{role.kind} `{role.name}` says `{miss.value}`, where a slash means a subresource",
        explanation=f"The API server takes {name} for a subresource of {request.resource}.",
        evidence=at_rule(walk, miss, f"expected {request.resource}"),
        expected=f"resources [{request.resource}]{names}",
        got=f"resources [{miss.value}]",
        symptom=walk.message,
        help=(f"in rule {miss.rule + 1} of {role}, write resources [{request.resource}]{names}",),
        rank=RULE + 1,
    )
