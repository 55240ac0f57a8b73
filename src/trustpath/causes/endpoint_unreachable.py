"""The API server does not answer from where the client is.

What: takes the client's word: a timeout, no such name, a refused connection.
Why it denies: without a connection there is neither a token nor an answer.
Not a problem when: the cluster is being made, or updated.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.principal_to_cluster.symptoms import at_message, confidence
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("connection")
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold where a message says so."""
    sure = confidence(walk, "endpoint-unreachable")
    if sure is None or walk.symptom is None:
        return
    yield Diagnosis(
        confidence=sure,
        title="the cluster's endpoint does not answer from here",
        explanation="It is no question of rights: no answer came. A private endpoint, an address that "
        "publicAccessCidrs leaves out, a deleted cluster, or no kubeconfig at all.",
        evidence=(at_message(walk, ""),),
        symptom=walk.symptom.text.strip()[:200],
        help=(
            "is public access on, and for whom: aws eks describe-cluster --name CLUSTER --query "
            "cluster.resourcesVpcConfig",
            "which server the client asks: kubectl config view --minify",
        ),
        rank=walk.symptom.causes.index("endpoint-unreachable"),
    )
