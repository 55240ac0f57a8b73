"""The permissions boundary of the role does not allow the action.

What: asks the boundary for the action.
Why it denies: the boundary and the policies of the role both have to allow (iam-evaluation 4.1).
Not a problem when: a resource's policy names the session itself.
"""

from collections.abc import Iterator

from msgspec import structs

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.pod_to_aws.limiting_policies import role_limit_denial
from trustpath.paths.pod_to_aws.walk import Walk


@cause("permissions", "role-chain", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the permissions boundary decides, or a message says so."""
    found = role_limit_denial(walk, "boundary")
    if found is not None:
        yield Diagnosis(**structs.asdict(found))
