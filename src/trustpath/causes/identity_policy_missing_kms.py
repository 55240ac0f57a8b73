"""The role may not use the KMS key behind the call.

What: asks the identity policies for the action on the key, which a service uses in the name of the caller.
Why it denies: an encrypted object, volume, queue or secret needs the key as well (iam-evaluation 4).
Not a problem when: the key's own policy names the role, or the key is one that AWS manages.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.pod_to_aws.permission_misses import (
    by_message,
    denial,
    denied,
    grant_commands,
    policy_findings,
    sureness,
)
from trustpath.paths.pod_to_aws.walk import Walk


@cause("permissions", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the denied action is one of KMS and the identity policies lack it."""
    for found in denied(walk, "identity"):
        if not found.action.lower().startswith("kms:") or found.decision.result == "explicitly-denied":
            continue
        asked = "" if found is walk.evaluation else f" that {walk.action} needs"
        yield Diagnosis(
            confidence=sureness(walk, found),
            title=f"role `{found.session.role.name}` may not {found.action} with the key{asked}",
            explanation="The service uses the key with the caller's permissions, and the error may not name the key.",
            evidence=(*policy_findings(walk, found), *by_message(walk)),
            expected=f"{found.action} on {found.resource or 'the key'}",
            got="no statement allows it",
            symptom=denial(found, "identity", explicit=False),
            help=grant_commands(found),
        )
        return
