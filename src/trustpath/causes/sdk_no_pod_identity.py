"""The program's SDK rejects the endpoint of Pod Identity.

What: compares the SDK, its version and the image with what is known, and reads what the SDK says of the host.
Why it denies: older SDKs ask loopback addresses only (L5, 7.3).
Not a problem when: the first credentials came and only the renewal fails.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.pod_to_aws.sdk import lacks
from trustpath.paths.pod_to_aws.symptoms import node_acted, node_line, stands_at, worked_before
from trustpath.paths.pod_to_aws.walk import Walk


@cause("sdk", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the version is known to be too old, or a message shows that the program went on without the role."""
    if walk.method != "pod-identity" or worked_before(walk):
        return  # a program whose first credentials worked: see sdk-no-refresh
    shown = lacks(walk, "container")
    told = walk.symptom is not None and "sdk-no-pod-identity" in walk.symptom.causes
    acted = node_acted(walk)
    if not shown and not told and not acted:
        return
    said = node_line(walk) or stands_at(walk, "the node's role acts" if acted else "the SDK says so")
    message = (said,) if told or acted else ()
    known = f"{shown[0].why[:1].upper()}{shown[0].why[1:]}." if shown else ""
    role = walk.role_arn.name if walk.role_arn else ""
    yield Diagnosis(
        confidence="certain" if shown and walk.sdk is not None and walk.sdk.knows("container") is False else "likely",
        title="the program does not take credentials from the Pod Identity agent",
        explanation=known or "Older SDKs ask loopback addresses only, and send no token.",
        evidence=(*message, *(lack.place for lack in shown)),
        expected=f"the session of role {role}",
        got="the agent is not asked",
        symptom="169.254.170.23 is not a valid container metadata service hostname",
        help=(
            "use a release of the program whose SDK knows EKS Pod Identity (EKS lists the first versions)",
            "or use IRSA for it: annotate the service account and delete the association",
        ),
    )
