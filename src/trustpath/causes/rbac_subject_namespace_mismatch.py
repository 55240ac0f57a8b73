"""A binding names the service account of this name in another namespace.

What: looks for bindings that count for the request and name an account of the same name.
Why it denies: a service account is its namespace and its name; the namespace counts as well (R14).
Not a problem when: the other account is meant, and this one has another binding.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.model.fact import Absent
from trustpath.paths.kubernetes_request.findings import OTHER_NAMESAKE, at_role_reference, at_subject
from trustpath.paths.kubernetes_request.walk import Walk


@cause("authorization", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold for the first binding whose role allows the request and whose subject has another namespace."""
    miss = next((miss for miss in walk.grant_misses if miss.why == "subject-namespace"), None)
    if miss is None or walk.account is None:
        return
    namespace, name = walk.account
    grant = miss.grant
    where = grant.subject.namespace or grant.namespace
    named = walk.snapshot.kubernetes.service_account(where, name) if where else None
    nobody = not where or (isinstance(named, Absent) and not named.implied)
    binding = f"{grant.kind} `{grant.binding.metadata.name}`"
    title = f"{binding} grants this to `{name}` in namespace `{where}`, not in `{namespace}`"
    if not where:
        title = f"{binding} names service account `{name}` without its namespace"
    yield Diagnosis(
        confidence="certain" if nobody else "likely",
        title=title,
        explanation=(f"There is no service account {name} in {where}. " if where and nobody else "")
        + "A service account in a ClusterRoleBinding needs its namespace, and in a RoleBinding it is the binding's "
        "where none is said.",
        evidence=(
            *at_subject(walk, miss, "namespace", f"expected {namespace}"),
            *at_role_reference(walk, grant, "this role allows it"),
        ),
        expected=f"{namespace}/{name}",
        got=f"{where}/{name}" if where else name,
        symptom=walk.message,
        help=(
            f"in {grant.kind} {grant.binding.metadata.name}, set the namespace of subject {name} to {namespace}",
            f"or install the workload in namespace {where}" if where else "or bind it with kubectl, which writes it",
        ),
        rank=OTHER_NAMESAKE,
    )
