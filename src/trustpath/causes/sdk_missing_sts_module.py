"""The sts module of the SDK is not there.

What: reads what the SDK says of its class path.
Why it denies: the SDKs for Java and .NET exchange the token by a module of its own (L4).
Not a problem when: the module is on the class path.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.pod_to_aws.sdk import module_line
from trustpath.paths.pod_to_aws.symptoms import stands_at
from trustpath.paths.pod_to_aws.walk import Walk


@cause("sdk", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a message says that the module is missing."""
    line = module_line(walk) if walk.method == "irsa" else None
    told = walk.symptom is not None and "sdk-missing-sts-module" in walk.symptom.causes
    if line is None and not told:
        return
    module = walk.sdk.sdk.module if walk.sdk and walk.sdk.sdk.module else "software.amazon.awssdk:sts"
    yield Diagnosis(
        confidence="certain" if line is not None else "possible",
        title=f"the program lacks the SDK's module for STS (`{module}`)",
        explanation="Without it the chain goes on, to the role of the node.",
        evidence=(line or stands_at(walk, "no provider had credentials"),),
        expected=f"{module} on the class path",
        got="not there",
        symptom="To use web identity tokens, the 'sts' service module must be on the class path.",
        help=(f"add {module} to the program's dependencies, in the version of its other modules",),
        rank=-1 if line is not None else 2,
    )
