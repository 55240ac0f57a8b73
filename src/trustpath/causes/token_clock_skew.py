"""The clock of the client is off, so that the signed date is not now.

What: takes the authenticator's word, or STS's that a signature is not yet current.
Why it denies: the date is signed; STS refuses one that is to come, the authenticator one that is old (T4).
Not a problem when: the token is old: then the clock is right.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.principal_to_cluster.symptoms import at_message, confidence
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("cluster-token", "connection", when_unknown=True)
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold where a message says so."""
    sure = confidence(walk, "token-clock-skew")
    if sure is None or walk.symptom is None:
        return
    yield Diagnosis(
        confidence=sure,
        title="the client's clock is off",
        explanation="A clock that is behind makes tokens that look old, one that is ahead makes signatures "
        "that are not valid yet.",
        evidence=(at_message(walk, ""),),
        symptom=walk.symptom.text.strip()[:200],
        help=(
            "compare the clock with that of a server:",
            "date -u; curl -sI https://sts.amazonaws.com | grep -i ^date",
        ),
        rank=walk.symptom.causes.index("token-clock-skew"),
    )
