"""IAM principal → cluster: whom does the cluster take it for, and may that user do it?

``LINKS`` is the way of a request with an IAM identity: the cluster finds the principal among its access entries
and in aws-auth, and then authorizes the user that it stands for.
"""

import re

from trustpath.engine.eks.aws_auth import Caller
from trustpath.engine.eks.canonical_arn import CanonicalArn, canonicalize
from trustpath.engine.messages.symptom import Symptom, read_symptom
from trustpath.errors import QuestionError
from trustpath.model.arn import RoleArn
from trustpath.model.question import PrincipalToCluster
from trustpath.model.snapshot import Snapshot
from trustpath.model.source import Source
from trustpath.model.trace import Outcome
from trustpath.paths.kubernetes_request import escalation
from trustpath.paths.kubernetes_request.walk import WrittenObject
from trustpath.paths.links import LinkStep, follow, outcome
from trustpath.paths.principal_to_cluster import authorization, client, connection, mapping, token
from trustpath.paths.principal_to_cluster.mapping import read_cluster
from trustpath.paths.principal_to_cluster.symptoms import (
    is_about_cluster,
    is_bare_refusal,
    link_of,
    other_user,
    same_request,
)
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk

UNAUTHORIZED = 401
_ARN = re.compile(r"arn:[\w-]+:(?:iam|sts)::\d{12}:(?:role|user|assumed-role)/[\w+=,.@/-]+")

LINKS: tuple[LinkStep[PrincipalWalk], ...] = (
    LinkStep("client", "the client's credential plugin works", client.follow),
    LinkStep("connection", "the endpoint answers, and is trusted", connection.follow),
    LinkStep("cluster-token", "the API server gets a token for this cluster", token.follow),
    LinkStep("mapping", "the cluster knows the principal", mapping.follow),
    LinkStep("authorization", "the user may do it", authorization.follow),
    LinkStep("escalation", "what is granted is held", escalation.follow),
)


def follow_principal_to_cluster(
    snapshot: Snapshot,
    question: PrincipalToCluster,
    symptom: Symptom | None = None,
    written: WrittenObject | None = None,
    *,
    logs: bool = True,
) -> PrincipalWalk:
    """Walk the path. Raises QuestionError for an ARN that is no IAM principal.

    A log among the facts is asked only where nothing else says why, and with ``logs``: it may be older, or another
    client's.
    """
    walk = _walk(snapshot, question, symptom, written=written)
    verdict = outcome(walk.results.values())
    if symptom is not None:
        if verdict == "allowed" and (user := other_user(walk, symptom)):
            return _walk(snapshot, question, symptom, came_as=user)
        unexplained = verdict == "allowed" and symptom.http_status == UNAUTHORIZED
        return _walk(snapshot, question, symptom, unexplained=True) if unexplained else walk
    told = _told_by_logs(walk, verdict) if logs else None
    if told is None:
        return walk
    logged, place, came_as = told
    if verdict == "denied":
        walk.symptom, walk.symptom_place = logged, place
        return walk
    return _walk(snapshot, question, logged, place, came_as=came_as, unexplained=is_bare_refusal(logged))


def _told_by_logs(walk: PrincipalWalk, verdict: Outcome) -> tuple[Symptom, Source, str] | None:
    """Return what a line of a log says of this principal, with its place and the user that it names instead.

    A line that says which check failed comes before a plain 401.
    """
    bare: tuple[Symptom, Source, str] | None = None
    # A plain 401 says nothing of whose it is: it counts where the facts were collected as this very principal.
    caller = walk.snapshot.aws.caller()
    own = caller is not None and caller.value.arn == walk.question_arn
    for line in reversed(walk.snapshot.log_lines()):
        logged = read_symptom(line.value.text)
        if logged is None:
            continue
        if verdict == "denied":
            # What EKS said when the entry was to be made explains why there is none.
            if link_of(logged) == "mapping" and logged.layer == "eks-api":
                return logged, line.source, ""
            continue
        if verdict == "allowed" and same_request(walk, logged) and (user := other_user(walk, logged)):
            return logged, line.source, user
        if _names_another(line.value.text, walk):
            continue
        if link_of(logged) == "cluster-token" or (
            link_of(logged) in ("client", "connection") and is_about_cluster(walk, line.value.text)
        ):
            return logged, line.source, ""
        if is_bare_refusal(logged) and own and verdict == "allowed":
            bare = bare or (logged, line.source, "")
    return bare


def _walk(
    snapshot: Snapshot,
    question: PrincipalToCluster,
    symptom: Symptom | None,
    place: Source | None = None,
    *,
    unexplained: bool = False,
    came_as: str = "",
    written: WrittenObject | None = None,
) -> PrincipalWalk:
    walk = PrincipalWalk(snapshot, question, object=written)
    walk.principal, walk.caller = _caller(snapshot, question.principal_arn)
    walk.symptom = symptom
    walk.symptom_place = place or walk.symptom_place
    walk.unexplained = unexplained
    walk.came_as = came_as
    read_cluster(walk)
    follow(LINKS, walk)
    return walk


def _names_another(line: str, walk: PrincipalWalk) -> bool:
    """Return whether a line of a log is about another principal."""
    arns = [arn for text in _ARN.findall(line) if isinstance(arn := canonicalize(text), CanonicalArn)]
    return bool(arns) and all(arn.arn != walk.principal.arn for arn in arns)


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
