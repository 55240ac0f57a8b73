"""The policy of the session does not allow the action.

What: asks the session policy, such as that of a Pod Identity association.
Why it denies: the session policy and the policies of the role both have to allow (P1, iam-evaluation 4.1).
Not a problem when: a resource's policy names the session itself.
"""

from collections.abc import Iterator

from msgspec import structs

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.pod_to_aws.limiting_policies import role_limit_denial
from trustpath.paths.pod_to_aws.walk import Walk


@cause("permissions", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the session policy decides, or a message says so."""
    found = role_limit_denial(walk, "session")
    if found is not None:
        yield Diagnosis(**structs.asdict(found))
