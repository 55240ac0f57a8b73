"""The fourth link: what is bound is the ARN of a role, and the role exists."""

from trustpath.model.arn import RoleArn
from trustpath.model.fact import Absent, Known
from trustpath.paths.links import NOT_REACHED, Finding, LinkResult, broken, ok, unknown, unread
from trustpath.paths.pod_to_aws.walk import Walk


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    if walk.binding is None:
        return NOT_REACHED
    text = walk.binding.role
    evidence = (Finding(walk.binding.source, text),) if walk.binding.source else ()
    arn = RoleArn.parse(text)
    if arn is None:
        return broken(
            f"`{text}` is not the ARN of an IAM role",
            *evidence,
            expected="arn:aws:iam::<account>:role/<name>",
            got=text,
        )
    walk.role_arn = arn
    partition = _cluster_partition(walk)
    if partition and partition != arn.partition:
        walk.other_partition = partition
        return broken(
            f"the role is in partition {arn.partition}, the cluster in {partition}",
            *evidence,
            expected=f"arn:{partition}:iam::…",
            got=text,
        )
    match walk.snapshot.aws.role(arn):
        case Known(located):
            walk.role = located
            return ok(f"role {arn.name} exists", Finding(located.source.at("Arn"), located.value.arn))
        case Absent() as absent:
            return broken(
                f"role {arn} does not exist: {absent.shown_by}",
                *evidence,
                expected="an existing role",
                got=text,
            )
        case missing:
            return unknown(f"role {arn.name} itself {unread(missing)}", missing, evidence=evidence)


def _cluster_partition(walk: Walk) -> str:
    cluster = walk.snapshot.aws.cluster(walk.question.cluster)
    if isinstance(cluster, Known) and cluster.value.value.arn.startswith("arn:"):
        return cluster.value.value.arn.split(":")[1]
    return ""
