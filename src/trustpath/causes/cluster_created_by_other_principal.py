"""The cluster's hidden administrator is whoever created it, and that was somebody else.

What: compares the principal with the creator that CloudTrail recorded; without a record it is only possible.
Why it denies: in the mode CONFIG_MAP the creator gets in without an entry, and nobody else does (CC1, CC3).
Not a problem when: the principal has an entry of its own.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.links import Finding
from trustpath.paths.principal_to_cluster.entries import CREATOR, NOBODY, UNAUTHORIZED, add_mapping, at_caller, is_node
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("mapping", last=True)
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold for an unmapped principal in the mode CONFIG_MAP."""
    if walk.mode != "CONFIG_MAP" or walk.template_error or is_node(walk):
        return
    creation = walk.snapshot.aws.creation(walk.cluster_name)
    command = "aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=CreateCluster"
    if creation is None:
        mode: tuple[Finding, ...] = ()
        if walk.cluster is not None:
            place = walk.cluster.source.at("cluster", "accessConfig", "authenticationMode")
            mode = (Finding(place, walk.mode, "the creator is an administrator"),)
        yield Diagnosis(
            confidence="possible",
            title="the cluster may have been created by another principal, which alone gets in without an entry",
            explanation="The creator is the role or user that called CreateCluster: a pipeline's role, the execution "
            "role of CloudFormation, or another role of the same person.",
            evidence=(*mode, *at_caller(walk)),
            symptom=UNAUTHORIZED,
            help=("this shows who it was, for 90 days:", command),
            rank=NOBODY,
        )
        return
    creator = creation.value.principal_arn
    yield Diagnosis(
        confidence="certain",
        title=f"the cluster was created by `{creator}`, not by `{walk.principal.arn}`",
        explanation="Its creator gets in without an entry; everybody else needs one in aws-auth.",
        evidence=(Finding(creation.source, creator, "CloudTrail's record of CreateCluster"), *at_caller(walk)),
        expected="an entry in aws-auth",
        got=f"creator {creator}",
        symptom=UNAUTHORIZED,
        help=(f"act as {creator} once, and", *add_mapping(walk)),
        rank=CREATOR,
    )
