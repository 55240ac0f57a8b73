"""A resource control policy denies the request.

What: asks the resource control policies above the resource's account for a Deny that applies.
Why it denies: they limit everybody who reaches resources of a member account (iam-evaluation 4.1).
Not a problem when: the program can do without the call.
"""

from collections.abc import Iterator

from msgspec import structs

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.pod_to_aws.limiting_policies import control_denial
from trustpath.paths.pod_to_aws.walk import Walk


@cause("permissions", "trust-policy", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a resource control policy denies, may deny, or a message says that one does."""
    found = control_denial(walk, "rcp")
    if found is not None:
        yield Diagnosis(**structs.asdict(found))
