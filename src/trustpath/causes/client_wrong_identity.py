"""A client in a pod asks as the pod's service account, where its IAM role was meant.

What: finds a refused service account whose IAM role would be let in and allowed.
Why it denies: a client without a host or kubeconfig falls back to the token that every pod has (F6).
Not a problem when: the program is meant to use its service account in the cluster.
"""

from collections.abc import Iterator

from msgspec import structs

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.rbac.request import account_of
from trustpath.engine.webhook import ROLE_ANNOTATION
from trustpath.errors import QuestionError
from trustpath.model.fact import Known
from trustpath.model.question import PrincipalToCluster
from trustpath.paths.kubernetes_request.findings import DEFAULT_ACCOUNT
from trustpath.paths.kubernetes_request.walk import Walk
from trustpath.paths.links import Finding, outcome
from trustpath.paths.principal_to_cluster import follow_principal_to_cluster
from trustpath.paths.principal_to_cluster.symptoms import at_message
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk

_WHY = "A provider without a host, or a client without a kubeconfig, takes the token of the pod it runs in."
_HELP = (
    "give the client a kubeconfig, or the provider a host and an exec section:",
    "aws eks update-kubeconfig --name CLUSTER",
)


@cause("authorization", "client", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the account has an IAM role that would be let in, and where a message names an account for a role."""
    if isinstance(walk, PrincipalWalk):
        if account_of(walk.came_as) and walk.symptom is not None:
            yield Diagnosis(
                confidence="certain",
                title=f"the request came as `{walk.came_as}`, not as `{walk.principal.arn}`",
                explanation=_WHY,
                evidence=(at_message(walk, "the user that asked"),),
                expected=walk.principal.arn,
                got=walk.came_as,
                symptom=walk.symptom.text.strip()[:300],
                help=_HELP,
            )
        return
    if walk.account is None or walk.question.request is None or walk.denied is None:
        return
    for shown in _roles(walk, *walk.account):
        role = shown.value
        try:
            other = follow_principal_to_cluster(
                walk.snapshot, PrincipalToCluster(role, walk.question.request, walk.question.cluster), logs=False
            )
        except QuestionError:
            continue
        if other.user is not None and outcome(other.results.values()) == "allowed":
            yield _diagnosis(walk, shown)
            return


def _roles(walk: Walk, namespace: str, account: str) -> Iterator[Finding]:
    """Yield the IAM roles of an account: by its annotation, or by a variable of a pod that runs as it."""
    fact = walk.snapshot.kubernetes.service_account(namespace, account)
    if isinstance(fact, Known):
        role = fact.value.value.metadata.annotation(ROLE_ANNOTATION)
        if role.startswith("arn:"):
            yield Finding(fact.value.source.at("metadata", "annotations", ROLE_ANNOTATION), role)
    for pod in walk.snapshot.kubernetes.pods_running_as(namespace, account):
        for container in pod.value.spec.containers or ():
            variable = container.variable("AWS_ROLE_ARN")
            if variable is not None and (variable.value or "").startswith("arn:"):
                yield Finding(pod.source.at("metadata", "name"), variable.value or "")


def _diagnosis(walk: Walk, shown: Finding) -> Diagnosis:
    role = shown.value
    return Diagnosis(
        confidence="likely" if walk.own_grants else "certain",
        title=f"the request comes as the pod's service account; its role `{role.rpartition('/')[2]}` may do it",
        explanation=_WHY,
        evidence=(structs.replace(shown, label="the identity that is let in"),),
        expected=role,
        got=walk.who,
        symptom=walk.message,
        help=_HELP,
        rank=DEFAULT_ACCOUNT - 45,
    )
