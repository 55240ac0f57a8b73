"""The KMS key is disabled, or on its way to be deleted.

What: looks at the state of the key that is to be used, or that encrypts the resource.
Why it denies: in such a state KMS refuses every use, whatever the policies say (KMS manual, "Key states").
Not a problem when: the key is only read, as describe-key does.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.permission_misses import by_message
from trustpath.paths.pod_to_aws.permissions import unusable_key
from trustpath.paths.pod_to_aws.walk import Walk

_SAID = {"Disabled": "disabled", "PendingDeletion": "pending deletion", "PendingImport": "pending import"}


@cause("permissions")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the state of a key that the call needs lets nobody use it."""
    for found in (walk.evaluation, *walk.behind_call):
        key = unusable_key(walk, found) if found is not None else None
        if found is None or key is None:
            continue
        state, deleted = key.value.state, key.value.state == "PendingDeletion"
        enable = (f"aws kms enable-key --key-id {key.value.arn}",) if deleted or state == "Disabled" else ()
        yield Diagnosis(
            confidence="certain",
            title=f"the key for {found.action} is {state}",
            explanation="KMS refuses every use of a key in this state; no policy changes that.",
            evidence=(Finding(key.source.at("KeyState"), state, "the state of the key"), *by_message(walk)),
            expected="Enabled",
            got=state,
            symptom=f"{key.value.arn} is {_SAID[state]}." if state in _SAID else "",
            help=(
                *((f"aws kms cancel-key-deletion --key-id {key.value.arn}",) if deleted else ()),
                *(enable or (f"aws kms describe-key --key-id {key.value.arn}",)),
            ),
        )
        return
