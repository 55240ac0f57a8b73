"""The program's SDK or release does not do web identity.

What: compares the SDK, its version and the image with what is known, and the caller in a message with the role.
Why it denies: a program that does not know the variables goes on to the role of the node (7.3, N2).
Not a problem when: the program names another provider itself, or has keys of its own.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages.sts import NODE_ROLE
from trustpath.paths.pod_to_aws.sdk import lacks
from trustpath.paths.pod_to_aws.symptoms import node_acted, node_line, stands_at
from trustpath.paths.pod_to_aws.walk import Walk


@cause("sdk", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the version is known to be too old, or a message shows that the program went on without the role."""
    if walk.method != "irsa" or walk.role_arn is None:
        return
    shown = lacks(walk, "web identity")
    told = walk.symptom is not None and "sdk-no-web-identity" in walk.symptom.causes
    acted = node_acted(walk)
    if not shown and not told and not acted:
        return
    message = (
        (node_line(walk) or stands_at(walk, "the node's role acts"),)
        if acted
        else (stands_at(walk, "the program says so"),) * told
    )
    node = walk.host.role.name if walk.host.role else "the node's role"
    known = f"{shown[0].why[:1].upper()}{shown[0].why[1:]}." if shown else ""
    yield Diagnosis(
        confidence="certain"
        if shown and walk.sdk is not None and walk.sdk.knows("web identity") is False
        else "likely",
        title="the program acts as the node's role, though the pod was given web identity"
        if acted
        else "the program does not take the web identity that the pod was given",
        explanation=known
        or "Its SDK is older than this source of credentials, or the program chooses another one by itself.",
        evidence=(*(lack.place for lack in shown), *message),
        expected=f"the session of role {walk.role_arn.name}",
        got=f"the session of {node}" if acted else "another source of credentials, or none",
        symptom=NODE_ROLE,
        help=(
            "use a later release of the program, whose SDK knows web identity"
            + (f" (see https://{shown[0].report})" if shown and shown[0].report else " (EKS lists the first versions)"),
            "the AWS CLI in the same container proves nothing: it may take the role where the program does not",
        ),
        rank=0 if shown or acted else 1,
    )
