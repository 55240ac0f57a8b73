"""The user may do it in single namespaces, and asks for the whole cluster.

What: finds RoleBindings of the user whose role allows the request, where the request has no namespace.
Why it denies: RoleBindings are not read for cluster-scoped resources and for all namespaces at once (R12, R13).
Not a problem when: the client can be told to stay in its namespace.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.rbac.request import ResourceRequest
from trustpath.model.api_resources import find_resource
from trustpath.paths.kubernetes_request.findings import ELSEWHERE, at_binding, at_role_reference, bind_command
from trustpath.paths.kubernetes_request.walk import Walk


@cause("authorization", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a RoleBinding in some namespace grants what is asked for at the cluster scope."""
    misses = [miss for miss in walk.grant_misses if miss.why == "scope"]
    request = walk.request
    if not misses or not isinstance(request, ResourceRequest):
        return
    grant = misses[0].grant
    places = list(dict.fromkeys(miss.grant.namespace for miss in misses))
    known = find_resource(request.resource)
    cluster_scoped = known is not None and known.group == request.group and not known.namespaced
    shown = ", ".join(places[:3]) + (f" and {len(places) - 3} more" if len(places) > 3 else "")
    reason = (
        f"{request.resource} have no namespace: a RoleBinding cannot grant them."
        if cluster_scoped
        else f"The request is for the {request.resource} of all namespaces at once; "
        f"a RoleBinding counts only for requests in its own."
    )
    yield Diagnosis(
        confidence="certain",
        title=f"RoleBinding `{grant.binding.metadata.name}` grants this in namespace {shown} only, "
        "and the request is for the whole cluster",
        explanation=reason,
        evidence=(at_binding(walk, grant, f"grants in {grant.namespace}"), *at_role_reference(walk, grant, "the role")),
        expected="a ClusterRoleBinding",
        got=f"RoleBinding {grant.namespace}/{grant.binding.metadata.name}",
        symptom=walk.message,
        help=(
            *(() if cluster_scoped else (f"let the client ask in namespace {places[0]} alone",)),
            "or grant it everywhere, by a ClusterRole:" if not cluster_scoped else "grant it by a ClusterRole:",
            bind_command(walk, "ClusterRole", grant.role.name, ""),
        ),
        rank=ELSEWHERE,
    )
