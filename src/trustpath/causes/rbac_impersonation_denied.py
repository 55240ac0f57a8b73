"""The user may not act as the one whom it wants to impersonate.

What: takes requests with the verb `impersonate`: the API server asks for each attribute by itself.
Why it denies: without the verb impersonate on that user, group or service account the request ends there (R43, R46).
Not a problem when: the client has --as or a proxy setting by mistake.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.rbac.request import ResourceRequest
from trustpath.paths.kubernetes_request.findings import at_binding, at_rule, rule_for
from trustpath.paths.kubernetes_request.walk import Walk


@cause("authorization", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold for every refused request with this verb."""
    request = walk.request
    if walk.denied is None or not isinstance(request, ResourceRequest) or request.verb != "impersonate":
        return
    near = at_rule(walk, walk.rule_misses[0], "does not cover it") if walk.rule_misses else ()
    grants = walk.own_grants
    named = f" `{request.name}`" if request.name else ""
    yield Diagnosis(
        confidence="certain",
        title=f"{walk.who} may not impersonate {request.resource.rstrip('s')}{named}",
        explanation="The API server asks for the verb impersonate once for the user, each group and each extra key; "
        "the caller's own rights do not matter then. EKS access policies do not count for impersonated requests.",
        evidence=near or tuple(at_binding(walk, grant, "a binding of the caller") for grant in grants[:1]),
        expected=f"impersonate on {request.resource}{named}",
        got="no rule",
        symptom=walk.message,
        help=(
            f"grant the rule {rule_for(walk)}, limited by resourceNames",
            "or drop --as, --as-group, or the impersonation setting of the client",
        ),
        rank=-1,
    )
