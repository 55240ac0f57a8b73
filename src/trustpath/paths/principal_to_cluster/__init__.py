"""IAM principal → cluster: whom does the cluster take it for, and may that user do it?

``LINKS`` is the way of a request with an IAM identity: the cluster finds the principal among its access entries
and in aws-auth, and then authorizes the user that it stands for.
"""

from trustpath.engine.eks.aws_auth import Caller
from trustpath.engine.eks.canonical_arn import CanonicalArn, canonicalize
from trustpath.errors import QuestionError
from trustpath.model.arn import RoleArn
from trustpath.model.question import PrincipalToCluster
from trustpath.model.snapshot import Snapshot
from trustpath.paths.links import LinkStep, follow
from trustpath.paths.principal_to_cluster import authorization, mapping
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk

LINKS: tuple[LinkStep[PrincipalWalk], ...] = (
    LinkStep("mapping", "the cluster knows the principal", mapping.follow),
    LinkStep("authorization", "the user may do it", authorization.follow),
)


def follow_principal_to_cluster(snapshot: Snapshot, question: PrincipalToCluster) -> PrincipalWalk:
    """Walk the path. Raises QuestionError for an ARN that is no IAM principal."""
    walk = PrincipalWalk(snapshot, question)
    walk.principal, walk.caller = _caller(snapshot, question.principal_arn)
    follow(LINKS, walk)
    return walk


def _caller(snapshot: Snapshot, text: str) -> tuple[CanonicalArn, Caller]:
    """Return the principal and the caller. What the ARN does not say of the caller stays a placeholder."""
    principal = canonicalize(text)
    if isinstance(principal, str):
        raise QuestionError(
            f"`{text}` is no IAM principal: {principal}",
            "give the ARN of a role or user, or the one that aws sts get-caller-identity prints",
        )
    if principal.type == "role":
        role = RoleArn.parse(text)
        if role is None:
            raise QuestionError(f"`{text}` is not the ARN of a role", "write arn:aws:iam::<account>:role/<name>")
        # M3: whoever acts as the role comes as a session of it, and sessions have no path.
        arn = f"arn:{role.partition}:iam::{role.account}:role/{role.name}"
        principal = CanonicalArn(arn, "role", role.account)
        return principal, Caller(
            principal, "{{SessionName}}", "{{AccessKeyID}}", "{{EC2PrivateDNSName}}", session_known=False
        )
    session = principal.session_name
    node = snapshot.aws.private_dns_name(session) or "{{EC2PrivateDNSName}}"
    return principal, Caller(principal, session, "{{AccessKeyID}}", node)
