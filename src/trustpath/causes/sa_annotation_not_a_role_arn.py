"""The annotation's value is something else than the ARN of a role.

What: checks what the service account or the container names as its role.
Why it denies: the webhook passes the value on as it is; STS refuses it before it looks anything up.
Not a problem when: a self-hosted webhook runs with --compose-role-arn and the value is a bare role name.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages.sts import INVALID_ARN, too_short
from trustpath.engine.role_arn import NOT_A_ROLE_ARN
from trustpath.model.arn import Arn
from trustpath.paths.pod_to_aws.walk import Walk


@cause("role-arn")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the value is an ARN of another kind, a doubled ARN or a bare name."""
    text = walk.binding.role if walk.binding else ""
    found = walk.role_arn_fault
    if found not in NOT_A_ROLE_ARN:
        return
    arn = Arn.parse(text)
    what = {
        "doubled": "two ARNs in one",
        "bare-name": "not an ARN",
        "other-resource": f"the ARN of something else: {arn.service} {arn.resource.split('/')[0]}" if arn else "",
    }[str(found)]
    yield Diagnosis(
        confidence="certain",
        title=f"`{text}` is {what}",
        explanation="The value must be the ARN of an IAM role: arn:aws:iam::<account>:role/<name>.",
        evidence=walk.result("role-arn").evidence,
        expected="arn:aws:iam::<account>:role/<name>",
        got=text,
        symptom=too_short(text) if len(text) < 20 else INVALID_ARN,
        help=(
            "write the ARN that `aws iam get-role --role-name <name> --query Role.Arn` prints",
            "then recreate the pods",
        ),
    )
