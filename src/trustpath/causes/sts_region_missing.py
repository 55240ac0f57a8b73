"""No region reaches the program.

What: reads what the SDK says, and which region variables the container has.
Why it denies: an SDK without a region cannot choose an endpoint; Python reads AWS_DEFAULT_REGION alone (L3).
Not a problem when: the program sets its region by itself.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.network import has_empty_region, missing_region
from trustpath.paths.pod_to_aws.symptoms import stands_at
from trustpath.paths.pod_to_aws.walk import Walk


@cause("network", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a message says that no region is set."""
    told = walk.symptom is not None and (walk.symptom.causes[:1] == ("sts-region-missing",) or has_empty_region(walk))
    other = missing_region(walk) if walk.method == "irsa" else ()
    if not told and not other:
        return
    has = [n for n in ("AWS_REGION", "AWS_DEFAULT_REGION") if walk.container and walk.container.variable(n)]
    evidence = [stands_at(walk, "the SDK says so")] if told else list(other)
    if walk.container is not None and walk.container_source is not None:
        evidence.append(
            Finding(walk.container_source.at("name"), walk.container.name, f"sets {' and '.join(has) or 'no region'}")
        )
    yield Diagnosis(
        confidence="likely",
        title=f"the program finds no region: the container sets {' and '.join(has) or 'none'}",
        explanation="The webhook sets both or, when one of them is there already, neither.",
        evidence=tuple(evidence),
        expected="AWS_REGION and AWS_DEFAULT_REGION",
        got=" and ".join(has) or "neither",
        symptom="botocore.exceptions.NoRegionError: You must specify a region.",
        help=("set both AWS_REGION and AWS_DEFAULT_REGION in the container, or neither, so that the webhook does",),
    )
