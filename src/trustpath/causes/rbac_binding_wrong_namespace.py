"""The user's RoleBinding is in another namespace than the request.

What: finds RoleBindings of the user whose role allows the request, in other namespaces.
Why it denies: a RoleBinding grants in its own namespace, wherever its subject lives (R12, R16).
Not a problem when: the client was meant to ask in the other namespace.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.rbac.request import ResourceRequest
from trustpath.paths.kubernetes_request.findings import ELSEWHERE, at_role_reference, bind_command
from trustpath.paths.kubernetes_request.walk import Walk
from trustpath.paths.links import Finding


@cause("authorization", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a RoleBinding grants in another namespace what is asked for here."""
    misses = [miss for miss in walk.grant_misses if miss.why == "namespace"]
    request = walk.request
    if not misses or not isinstance(request, ResourceRequest):
        return
    grant = misses[0].grant
    located = walk.rbac.binding(grant)
    own = grant.role.kind == "Role"
    # A binding of the user in this namespace shows that its role was to have the rule.
    here = any(other.namespace == request.namespace for other in walk.own_grants)
    yield Diagnosis(
        confidence="likely" if here else "certain",
        title=f"RoleBinding `{grant.binding.metadata.name}` grants this in namespace `{grant.namespace}`, "
        f"not in `{request.namespace}`",
        explanation="A RoleBinding grants in its own namespace, wherever the account lives"
        + (", and a Role is known only there." if own else "."),
        evidence=(
            Finding(located.source.at("metadata", "namespace"), grant.namespace, f"expected {request.namespace}"),
            *at_role_reference(walk, grant, "this role allows it"),
        ),
        expected=f"a RoleBinding in {request.namespace}",
        got=f"RoleBinding {grant.namespace}/{grant.binding.metadata.name}",
        symptom=walk.message,
        help=(
            f"create the Role in {request.namespace} as well, then bind it there:" if own else "bind the role there:",
            bind_command(walk, grant.role.kind, grant.role.name, request.namespace),
            f"or let the client ask in namespace {grant.namespace}",
        ),
        rank=ELSEWHERE,
    )
