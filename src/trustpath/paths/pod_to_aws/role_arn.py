"""The fourth link: what is bound is the ARN of a role, and the role exists."""

from trustpath.engine.iam.decision import decide_trust
from trustpath.engine.role_arn import fault
from trustpath.engine.sts import WebIdentityCall, trust_request
from trustpath.model.answers import Located
from trustpath.model.arn import RoleArn
from trustpath.model.fact import Absent, Known
from trustpath.model.iam import Role
from trustpath.model.policy import PolicyDocument
from trustpath.model.trace import Need
from trustpath.paths.links import NOT_REACHED, Finding, LinkResult, broken, ok, unknown, unread
from trustpath.paths.pod_to_aws.admission import self_hosted_webhook
from trustpath.paths.pod_to_aws.walk import Walk


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    if walk.binding is None:
        return NOT_REACHED
    if walk.binding.origin == "node":
        walk.role_arn = RoleArn.parse(walk.binding.role)
        return LinkResult("not-applicable", "the node's role")
    text = walk.binding.role
    evidence = (Finding(walk.binding.source, text),) if walk.binding.source else ()
    arn = RoleArn.parse(text)
    if arn is None:
        walk.role_arn_fault = fault(text)
        may_be_composed = walk.role_arn_fault == "bare-name" and walk.binding.origin == "annotation"
        if may_be_composed and self_hosted_webhook(walk.snapshot):
            return unknown(
                f"`{text}` is a bare name, of which a self-hosted webhook may make an ARN",
                Need("whether the webhook runs with --compose-role-arn", "kubectl get deployments -A -o yaml"),
                evidence=evidence,
            )
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


def namesake_that_trusts_this_pod(walk: Walk) -> tuple[RoleArn, Located[Role]] | None:
    """Return a role of the same name in another account that admits the pod's call.

    It is asked after the walk: the call needs the issuer and the audience, which later links find.
    """
    if walk.role_arn is None or walk.issuer is None:
        return None
    issuer = walk.issuer.value.removeprefix("https://")
    walk.snapshot.aws.want_namesake(walk.role_arn)
    for item in walk.snapshot.aws.roles():
        arn = RoleArn.parse(item.value.arn)
        if arn is None or arn.name != walk.role_arn.name or arn.account == walk.role_arn.account:
            continue
        call = WebIdentityCall(arn, walk.subject, issuer, walk.audience)
        trust = item.value.trust
        if isinstance(trust, PolicyDocument) and decide_trust(trust, trust_request(call)).result == "allowed":
            return arn, item
    return None
