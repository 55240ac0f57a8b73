"""The token was made for STS of another partition.

What: takes the authenticator's word about the host in the token.
Why it denies: the verifier asks only STS of its own partition (T14).
Not a problem when: only the region differs: any region of the partition will do.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.principal_to_cluster.symptoms import at_message, confidence
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("cluster-token", when_unknown=True)
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold where a message says so."""
    sure = confidence(walk, "token-wrong-partition")
    if sure is None or walk.symptom is None:
        return
    yield Diagnosis(
        confidence=sure,
        title="the token is for STS of another partition",
        explanation="China, GovCloud and the isolated regions have their own STS; a token for "
        "sts.amazonaws.com counts in the partition aws alone.",
        evidence=(at_message(walk, ""),),
        symptom=walk.symptom.text.strip()[:200],
        help=(
            "make the token with a region of the cluster's partition: aws eks get-token --region REGION",
            "what host it has: trustpath token FILE",
        ),
        rank=walk.symptom.causes.index("token-wrong-partition"),
    )
