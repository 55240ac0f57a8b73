"""The program's SDK or release does not do web identity.

What: compares the SDK, its version and the image with what is known, and the caller in a message with the role.
Why it denies: a program that does not know the variables goes on to the role of the node (7.3, N2).
Not a problem when: the program names another provider itself, or has keys of its own.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.pod_to_aws.sdk import lacks
from trustpath.paths.pod_to_aws.symptoms import node_acted, stands_at
from trustpath.paths.pod_to_aws.walk import Walk


@cause("sdk", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the version is known to be too old, or a message shows that the program went on without the role."""
    if walk.method != "irsa":
        return
    shown = lacks(walk, "web identity")
    told = walk.symptom is not None and "sdk-no-web-identity" in walk.symptom.causes
    fell_through = node_acted(walk)
    if not shown and not told and not fell_through:
        return
    message = (stands_at(walk, "the node acted"),) if told or fell_through else ()
    first = shown[0].label if shown else ""
    exact = walk.sdk is not None and walk.sdk.knows("web identity") is False
    yield Diagnosis(
        confidence="certain" if exact and message else "likely" if shown or message else "possible",
        title="the program does not take the web identity that the pod was given",
        explanation=f"{first[:1].upper()}{first[1:]}."
        if first
        else "Its SDK is older than this source of credentials, or the program leaves it out.",
        evidence=(*shown, *message),
        expected="an SDK of at least the first version that knows it",
        got=first or "not taken",
        symptom="the caller in AWS errors is the node's role",
        help=(
            "use a release of the program whose SDK knows web identity (EKS lists the first versions)",
            "to see who the program is: aws sts get-caller-identity, in the container",
        ),
        rank=0 if shown or fell_through else 1,
    )
