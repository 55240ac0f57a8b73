"""The sts module of the SDK is not there.

What: reads what the SDK says of its class path.
Why it denies: the SDKs for Java and .NET exchange the token by a module of its own (L4).
Not a problem when: the module is on the class path.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.pod_to_aws.symptoms import stands_at
from trustpath.paths.pod_to_aws.walk import Walk


@cause("sdk", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a message says that the module is missing."""
    if walk.symptom is None or "sdk-missing-sts-module" not in walk.symptom.causes:
        return
    first = walk.symptom.causes[0] == "sdk-missing-sts-module"
    module = walk.sdk.sdk.module if walk.sdk and walk.sdk.sdk.module else "software.amazon.awssdk:sts"
    yield Diagnosis(
        confidence="certain" if first else "possible",
        title=f"the program lacks the SDK's module for STS (`{module}`)",
        explanation="Without it the chain goes on, to the role of the node.",
        evidence=(stands_at(walk, "the SDK says so"),),
        expected=f"{module} on the class path",
        got="not there",
        symptom="To use web identity tokens, the 'sts' service module must be on the class path.",
        help=(f"add {module} to the program's dependencies, in the version of its other modules",),
        rank=-1 if first else 2,
    )
