"""A client in a pod asks as the pod's service account, where its IAM role was meant.

What: finds a refused service account whose IAM role would be let in and allowed.
Why it denies: a client without a host or kubeconfig falls back to the token that every pod has (F6).
Not a problem when: the program is meant to use its service account in the cluster.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.webhook import ROLE_ANNOTATION
from trustpath.errors import QuestionError
from trustpath.model.fact import Known
from trustpath.model.question import PrincipalToCluster
from trustpath.paths.kubernetes_request.findings import DEFAULT_ACCOUNT
from trustpath.paths.kubernetes_request.walk import Walk
from trustpath.paths.links import Finding, outcome
from trustpath.paths.principal_to_cluster import follow_principal_to_cluster


@cause("authorization", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the account has an IAM role that the cluster would let do it."""
    if walk.account is None or walk.question.request is None or walk.denied is None:
        return
    fact = walk.snapshot.kubernetes.service_account(*walk.account)
    if not isinstance(fact, Known):
        return
    role = fact.value.value.metadata.annotation(ROLE_ANNOTATION)
    if not role.startswith("arn:"):
        return
    try:
        other = follow_principal_to_cluster(
            walk.snapshot, PrincipalToCluster(role, walk.question.request, walk.question.cluster)
        )
    except QuestionError:
        return
    if outcome(other.results.values()) != "allowed":
        return
    place = fact.value.source.at("metadata", "annotations", ROLE_ANNOTATION)
    yield Diagnosis(
        confidence="likely" if walk.own_grants else "certain",
        title=f"the request comes as the pod's service account; its role `{role.rpartition('/')[2]}` may do it",
        explanation="A provider without a host, or a client without a kubeconfig, uses the token of the pod "
        "it runs in.",
        evidence=(Finding(place, role, "the identity that is let in"),),
        expected=role,
        got=f"service account {':'.join(walk.account)}",
        symptom=walk.message,
        help=(
            "give the client a kubeconfig, or the provider a host and an exec section:",
            f"aws eks update-kubeconfig --name {walk.question.cluster or 'CLUSTER'}",
        ),
        rank=DEFAULT_ACCOUNT - 45,
    )
