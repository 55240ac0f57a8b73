"""The program asks STS of another partition than the role's.

What: compares the region of the container with the role's partition, and reads what STS answers.
Why it denies: provider, role and STS belong to one partition (O8).
Not a problem when: the region variable is for another service, and the STS endpoint is set by itself.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.sts import partition_of
from trustpath.paths.pod_to_aws.network import asked_elsewhere, container_region, foreign_endpoint
from trustpath.paths.pod_to_aws.symptoms import stands_at
from trustpath.paths.pod_to_aws.walk import Walk


@cause("network", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the region is of another partition, or STS says that it does not know the caller."""
    if walk.method != "irsa" or walk.role_arn is None:
        return
    region, place = container_region(walk)
    endpoint = foreign_endpoint(walk)
    foreign = region != "" and partition_of(region) != walk.role_arn.partition
    told = walk.symptom is not None and walk.symptom.causes[:1] == ("sts-endpoint-wrong-partition",)
    elsewhere = asked_elsewhere(walk)
    if not foreign and not told and endpoint is None and elsewhere is None:
        return
    evidence = [endpoint] if endpoint else [place] if foreign and place else []
    if elsewhere is not None:
        evidence.append(elsewhere)
    elif told:
        evidence.append(stands_at(walk, "STS says so"))
    yield Diagnosis(
        confidence="likely",
        rank=-1 if elsewhere is not None else 0,
        title=f"region `{region}` belongs to another partition than the role"
        if foreign
        else "the program asks STS of another region or partition than the role's",
        explanation="The SDK asks STS of its region, where neither the role nor the cluster's provider is known.",
        evidence=tuple(evidence),
        expected=f"a region of partition {walk.role_arn.partition}",
        got=endpoint.value if endpoint else region or "another endpoint",
        symptom="No OpenIDConnect provider found in your account, or InvalidClientTokenId",
        help=(
            "take AWS_ENDPOINT_URL_STS out of the container"
            if endpoint
            else "set AWS_REGION to the cluster's region, or leave it out: the webhook sets it",
        ),
    )
