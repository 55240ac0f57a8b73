"""The ARN names the right role in the wrong account.

What: looks for a role of the same name in another account that admits this very service account.
Why it denies: the role that is named does not exist, or trusts somebody else.
Not a problem when: both accounts hold such a role and the named one is meant.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.iam.decision import decide_trust
from trustpath.engine.messages import NOT_AUTHORIZED
from trustpath.engine.sts import WebIdentityCall, trust_request
from trustpath.model.arn import RoleArn
from trustpath.model.policy import PolicyDocument
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.walk import Walk


@cause(link="role-arn", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the named role is not known and its namesake elsewhere trusts this pod."""
    if walk.role_arn is None or walk.role is not None or walk.issuer is None or walk.binding is None:
        return
    for item in walk.snapshot.aws.roles():
        arn = RoleArn.parse(item.value.arn)
        if arn is None or arn.name != walk.role_arn.name or arn.account == walk.role_arn.account:
            continue
        issuer = walk.issuer.value.removeprefix("https://")
        call = WebIdentityCall(arn, walk.subject, issuer, walk.audience)
        if not isinstance(item.value.trust, PolicyDocument):
            continue
        if decide_trust(item.value.trust, trust_request(call)).result != "allowed":
            continue
        yield Diagnosis(
            confidence="likely",
            title=f"the ARN names account `{walk.role_arn.account}`; the role is in `{arn.account}`",
            explanation=f"{arn} has the same name and trusts {walk.subject}.",
            evidence=(
                *([Finding(walk.binding.source, walk.binding.role)] if walk.binding.source else []),
                Finding(item.source.at("Arn"), item.value.arn, "the role that trusts this account"),
            ),
            expected=str(arn),
            got=walk.binding.role,
            symptom=NOT_AUTHORIZED,
            help=(f"write {arn} where the role is named, then recreate the pods",),
            rank=-1,
        )
        return
