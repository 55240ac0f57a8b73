"""A service control policy denies the action.

What: asks the service control policies above the account for a Deny that applies.
Why it denies: they limit every role of a member account, whatever its own policies say (iam-evaluation 4.1).
Not a problem when: the program can do without the call.
"""

from collections.abc import Iterator

from msgspec import structs

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.pod_to_aws.limiting_policies import control_denial
from trustpath.paths.pod_to_aws.walk import Walk


@cause("permissions", "role-chain", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a service control policy denies, may deny, or a message says that one does."""
    found = control_denial(walk, "scp")
    if found is not None:
        yield Diagnosis(**structs.asdict(found))
