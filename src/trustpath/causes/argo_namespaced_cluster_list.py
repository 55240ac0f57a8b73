"""Argo's server or controller asks for all namespaces, and is granted single ones alone.

What: looks whether Argo's own account lists or watches at the cluster scope, where a RoleBinding grants it.
Why it denies: RoleBindings do not count for requests about all namespaces at once (R12, R13).
Not a problem when: the installation is meant for the whole cluster; then its roles are the wrong ones.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.rbac.request import ResourceRequest
from trustpath.model.argo import GROUP, Component
from trustpath.paths.kubernetes_request.argo import components_of
from trustpath.paths.kubernetes_request.findings import RULE, at_binding
from trustpath.paths.kubernetes_request.walk import Walk
from trustpath.paths.links import Finding


@cause("authorization", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold for a component that lists at the cluster scope while all its grants are RoleBindings."""
    request = walk.request
    if walk.denied is None or not isinstance(request, ResourceRequest):
        return
    if request.namespace or request.verb not in ("list", "watch"):
        return
    part = next(iter(components_of(walk)), None)
    if part is None or any(not grant.namespace for grant in walk.own_grants):
        return
    missed = next((miss for miss in walk.grant_misses if miss.why == "scope"), None)
    if missed is None and not (request.group == GROUP and part.namespaced):
        return
    grants = (missed.grant,) if missed else tuple(walk.own_grants[:1])
    yield Diagnosis(
        confidence="certain",
        title=f"the {part.kind} of Argo lists `{request.resource}` of all namespaces, and its role is for namespace "
        f"{', '.join(dict.fromkeys(grant.namespace for grant in grants)) or part.namespace} alone",
        explanation="It is installed for one namespace."
        if part.namespaced
        else f"Nothing tells this {part.kind} to stay in one namespace.",
        evidence=(
            *(at_binding(walk, grant, f"counts in {grant.namespace} alone") for grant in grants),
            Finding(part.place.at("image"), part.image, f"Argo's {part.kind} {part.name}"),
        ),
        expected="requests for one namespace, or a ClusterRoleBinding",
        got="a RoleBinding, and a request for all namespaces",
        symptom=walk.message,
        help=_help(part),
        rank=RULE - 2,
    )


def _help(part: Component) -> tuple[str, ...]:
    everywhere = "or install it for the cluster: the ClusterRoles and ClusterRoleBindings of Argo's manifests"
    if part.kind == "ui":
        return ("set FORCE_NAMESPACE_ISOLATION=true on the user interface (2.x)", everywhere)
    if part.namespaced:
        return ("choose the namespace in the user interface, or give -n to argo", everywhere)
    return (f"give {part.name} the flag --namespaced (Helm: singleNamespace: true)", everywhere)
