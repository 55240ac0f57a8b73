"""The ARN names the right role in the wrong account.

What: looks for a role of the same name in another account that admits this very service account.
Why it denies: the role that is named does not exist, or trusts somebody else.
Not a problem when: both accounts hold such a role and the named one is meant.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages.sts import NOT_AUTHORIZED
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.role_arn import namesake_that_trusts_this_pod
from trustpath.paths.pod_to_aws.walk import Walk


@cause("role-arn", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the named role is not known and its namesake elsewhere trusts this pod."""
    found = namesake_that_trusts_this_pod(walk) if walk.role is None else None
    if found is None or walk.role_arn is None or walk.binding is None:
        return
    arn, located = found
    yield Diagnosis(
        confidence="likely",
        title=f"the ARN names account `{walk.role_arn.account}`; the role is in `{arn.account}`",
        explanation=f"{arn} has the same name and trusts {walk.subject}.",
        evidence=(
            *([Finding(walk.binding.source, walk.binding.role)] if walk.binding.source else []),
            Finding(located.source.at("Arn"), located.value.arn, "the role that trusts this account"),
        ),
        expected=str(arn),
        got=walk.binding.role,
        symptom=NOT_AUTHORIZED,
        help=(f"write {arn} where the role is named, then recreate the pods",),
        rank=-1,
    )
