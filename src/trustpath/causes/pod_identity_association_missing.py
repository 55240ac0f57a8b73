"""The pod was given Pod Identity, and its service account has no association now.

What: looks for the agent's address in the container where the cluster's associations do not name the account.
Why it denies: EKS Auth answers the agent with ResourceNotFoundException (P14).
Not a problem when: the list of associations is of another cluster.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.pod_to_aws.binding import associated_neighbours
from trustpath.paths.pod_to_aws.walk import Walk


@cause("binding")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the container asks the agent and nothing nearby is meant for it."""
    named = walk.credentials
    if walk.binding is not None or walk.association is not None or named is None or not named.pod_identity:
        return
    if associated_neighbours(walk):
        return
    cluster = walk.cluster_name or "CLUSTER"
    yield Diagnosis(
        confidence="certain",
        title=f"`{walk.namespace}/{walk.account_name}` has no Pod Identity association any more",
        explanation="The pod was made while there was one; credentials that were given out work until they end.",
        evidence=walk.result("binding").evidence,
        expected=f"an association for {walk.namespace}/{walk.account_name}",
        got="none in the cluster's list",
        symptom="(ResourceNotFoundException): No association found",
        help=(
            f"aws eks create-pod-identity-association --cluster-name {cluster} --namespace {walk.namespace} "
            f"--service-account {walk.account_name} --role-arn ROLE_ARN",
            "or, where IRSA is meant, recreate the pod: it is given the annotation's role then",
        ),
    )
