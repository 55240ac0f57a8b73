"""The first credentials work, and the program cannot renew them.

What: compares the time of the refusal with the start of the pod, and the image with what is known.
Why it denies: a program that keeps its first credentials fails when they end (L5, P15).
Not a problem when: the program never had credentials.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.pod_to_aws.sdk import lacks
from trustpath.paths.pod_to_aws.symptoms import stands_at, worked_before
from trustpath.paths.pod_to_aws.walk import Walk


@cause("sdk", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when credentials were refused long after the pod had started, or the release is known for it."""
    shown = lacks(walk, "container refresh") if walk.method == "pod-identity" else ()
    told = walk.symptom is not None and walk.symptom.causes[:1] == ("sdk-no-refresh",)
    later = worked_before(walk)
    if not shown and not told and not later:
        return
    message = (stands_at(walk, "when it failed"),) if walk.symptom is not None and (told or later) else ()
    yield Diagnosis(
        confidence="likely",
        title="the program's first credentials work, and it cannot renew them",
        explanation=f"The pod started {later[0]}, and the first refusal came {later[1]}."
        if later
        else "Temporary credentials end after hours; a program has to ask for new ones."
        + (f" {shown[0].why[:1].upper()}{shown[0].why[1:]}." if shown else ""),
        evidence=(*message, *(lack.place for lack in shown)),
        expected="credentials that are renewed",
        got="the first ones, until they end",
        symptom="the security token is expired, or the agent's host is refused, hours after the start",
        help=("use a release of the program with a newer SDK; until then a restart helps for some hours",),
        rank=-1,
    )
