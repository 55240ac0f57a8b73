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
    missing = [
        found
        for found in denied(walk, "identity")
        if found.action.lower().startswith("kms:") and found.decision.result != "explicitly-denied"
    ]
    if not missing:
        return
    found, role = missing[0], missing[0].session.role.name
    behind = found is not walk.evaluation
    actions = " and ".join(item.action for item in missing)
    key = [finding for finding in walk.result("permissions").evidence if behind and finding.value == found.resource]
    yield Diagnosis(
        confidence=sureness(walk, found),
        title=f"role `{role}` may not use the key behind {walk.action}: it lacks {actions}"
        if behind
        else f"role `{role}` may not {found.action} with the key",
        explanation="The service uses the key with the caller's permissions, and the error may not name the key.",
        evidence=(*policy_findings(walk, found), *key[:1], *by_message(walk)),
        expected=f"{actions} on {found.resource or 'the key'}",
        got="no statement allows it",
        symptom=denial(found, "identity", explicit=False),
        help=grant_commands(*missing),
    )
