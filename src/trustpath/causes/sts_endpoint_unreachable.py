"""STS cannot be reached from the pod.

What: reads timeouts and lookups of STS in messages, and how the container chooses the endpoint.
Why it denies: a closed network reaches STS by an endpoint of its own, and that is regional (O9, S23).
Not a problem when: the network has a way to the Internet.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.network import asked_elsewhere, has_empty_region
from trustpath.paths.pod_to_aws.symptoms import stands_at
from trustpath.paths.pod_to_aws.walk import Walk


@cause("network", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a message shows that STS does not answer."""
    told = walk.symptom is not None and "sts-endpoint-unreachable" in walk.symptom.causes
    if walk.symptom is None or not told or walk.method == "pod-identity":
        return
    if has_empty_region(walk) or asked_elsewhere(walk) is not None:
        return  # see sts-region-missing and sts-endpoint-wrong-partition
    regional = walk.container.variable("AWS_STS_REGIONAL_ENDPOINTS") if walk.container else None
    is_global = "sts.amazonaws.com" in walk.symptom.text
    first = walk.symptom.causes[0] == "sts-endpoint-unreachable"
    place = walk.variable_source("AWS_STS_REGIONAL_ENDPOINTS")
    evidence = [stands_at(walk, "the endpoint that was asked")]
    if place is not None and regional is not None:
        evidence.append(Finding(place, regional.value or "", "how the endpoint is chosen"))
    region = walk.region or "REGION"
    yield Diagnosis(
        confidence="likely" if first else "possible",
        title="the global endpoint of STS cannot be reached from the pod"
        if is_global
        else "STS cannot be reached from the pod",
        explanation="The endpoint in a private network is the regional one." if is_global else "Nothing answered.",
        evidence=tuple(evidence),
        expected=f"sts.{region}.amazonaws.com",
        got="sts.amazonaws.com" if is_global else "no answer",
        symptom='Connect timeout on endpoint URL: "https://sts.amazonaws.com/"',
        help=(
            "set AWS_STS_REGIONAL_ENDPOINTS=regional, or annotate the service account: "
            "eks.amazonaws.com/sts-regional-endpoints: true",
            f"make an interface endpoint com.amazonaws.{region}.sts whose security group lets the pod in",
        ),
        rank=0 if first else 3,
    )
