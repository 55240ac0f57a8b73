"""A rule of the user's role is limited to names where the API server knows none.

What: finds the rules that match but for `resourceNames`, on a request without a name.
Why it denies: create, list, watch and deletecollection have no name to compare (R25, R26).
Not a problem when: the client lists with a field selector for that one name.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.rbac.request import ResourceRequest
from trustpath.paths.kubernetes_request.findings import RULE, at_rule
from trustpath.paths.kubernetes_request.walk import Walk


@cause("authorization", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold for the first rule that names objects, on a request that names none."""
    miss = next((miss for miss in walk.rule_misses if miss.part == "resource-names"), None)
    request = walk.request
    if miss is None or not isinstance(request, ResourceRequest) or request.name:
        return
    role = miss.grant.role
    selector = (
        "or let the client ask with --field-selector metadata.name=NAME, for one name at a time"
        if request.verb in ("list", "watch")
        else "or leave it out: a create by name is possible only with apply and PUT"
    )
    yield Diagnosis(
        confidence="certain",
        title=f"{role.kind} `{role.name}` allows {request.verb} on `{request.combined}` for some names only, "
        f"and a {request.verb} has no name",
        explanation="A rule with resourceNames never matches a request without a name.",
        evidence=at_rule(walk, miss, f"{request.verb} comes without a name"),
        expected="a rule without resourceNames",
        got=f"resourceNames: {miss.value}",
        symptom=walk.message,
        help=(f"in {role}, move {request.verb} into a rule without resourceNames", selector),
        rank=RULE + 2,
    )
