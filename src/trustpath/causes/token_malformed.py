"""The token is not one that the authenticator accepts.

What: takes the authenticator's word about the form of the token.
Why it denies: each part is checked in order: length, prefix, encoding, host, parameters, signed header (T13).
Not a problem when: another authenticator takes it: service account tokens pass this one as well.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.principal_to_cluster.symptoms import at_message, confidence
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("cluster-token", when_unknown=True)
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold where a message says so."""
    sure = confidence(walk, "token-malformed")
    if sure is None or walk.symptom is None:
        return
    yield Diagnosis(
        confidence=sure,
        title="the token is not one that the authenticator accepts",
        explanation="A token is k8s-aws-v1. and a presigned URL in base64url without padding, which signs the "
        "header x-k8s-aws-id.",
        evidence=(at_message(walk, ""),),
        symptom=walk.symptom.text.strip()[:200],
        help=(
            "make it with aws eks get-token, and hand it on whole",
            "what is wrong with it: trustpath token FILE",
        ),
        rank=walk.symptom.causes.index("token-malformed"),
    )
