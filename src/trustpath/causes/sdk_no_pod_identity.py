"""The program's SDK rejects the endpoint of Pod Identity.

What: compares the SDK, its version and the image with what is known, and reads what the SDK says of the host.
Why it denies: older SDKs ask loopback addresses only (L5, 7.3).
Not a problem when: the first credentials came and only the renewal fails.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.pod_to_aws.sdk import lacks
from trustpath.paths.pod_to_aws.symptoms import stands_at, worked_before
from trustpath.paths.pod_to_aws.walk import Walk


@cause("sdk", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the version is known to be too old, or a message shows that the program went on without the role."""
    if walk.method != "pod-identity":
        return
    shown = lacks(walk, "container")
    told = walk.symptom is not None and "sdk-no-pod-identity" in walk.symptom.causes
    if worked_before(walk):
        return  # see sdk-no-refresh
    if not shown and not told:
        return
    message = (stands_at(walk, "the SDK says so"),) if told else ()
    first = shown[0].label if shown else ""
    exact = walk.sdk is not None and walk.sdk.knows("container") is False
    yield Diagnosis(
        confidence="certain" if exact and message else "likely" if shown or message else "possible",
        title="the program does not take credentials from the Pod Identity agent",
        explanation=f"{first[:1].upper()}{first[1:]}."
        if first
        else "Its SDK is older than this source of credentials, or the program leaves it out.",
        evidence=(*shown, *message),
        expected="an SDK of at least the first version that knows it",
        got=first or "not taken",
        symptom="169.254.170.23 is not a valid container metadata service hostname",
        help=(
            "use a release of the program whose SDK knows EKS Pod Identity (EKS lists the first versions)",
            "or use IRSA for it: annotate the service account and delete the association",
        ),
        rank=0,
    )
