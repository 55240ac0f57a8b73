"""The role ARN is not well formed, or of another partition than the cluster.

What: checks the ARN part by part: partition, empty region, twelve digits, `role/`, name.
Why it denies: STS answers "Request ARN is invalid" to the first, and knows no provider for the second.
Not a problem when: the dump shows a template's placeholder that is replaced before it is applied.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages.sts import INVALID_ARN, no_provider
from trustpath.engine.role_arn import NOT_A_ROLE_ARN
from trustpath.model.arn import Arn
from trustpath.paths.pod_to_aws.walk import Walk


def _says(kind: str, arn: Arn | None) -> str:
    part = (
        {
            "partition": f"arn:{arn.partition}:{arn.service}",
            "region": arn.region,
            "account": arn.account,
            "resource": arn.resource,
        }
        if arn
        else {}
    )
    return {
        "blank": "it holds a blank, a line break or a quote",
        "shape": "it does not have the six parts of an ARN",
        "extra-colon": "it has a colon too many",
        "partition": f"`{part.get('partition')}` is not `arn:aws:iam`",
        "region": f"the region has to be empty and is `{part.get('region')}`",
        "account": f"the account id has to be twelve digits and is `{part.get('account')}`",
        "resource": f"`{part.get('resource')}` is not `role/` and the name of a role",
    }[kind]


@cause("role-arn")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a role's ARN has a fault of form, or names another partition."""
    if walk.binding is None:
        return
    text = walk.binding.role
    evidence = walk.result("role-arn").evidence
    found = walk.role_arn_fault
    if found in NOT_A_ROLE_ARN:
        return
    if found is not None:
        yield Diagnosis(
            confidence="certain",
            title=f"the role ARN is malformed: {_says(found, Arn.parse(text))}",
            explanation="The webhook passes the value on as it is, and STS refuses it.",
            evidence=evidence,
            expected="arn:aws:iam::<12 digits>:role/<name>",
            got=text,
            symptom=INVALID_ARN,
            help=(
                "write the ARN that `aws iam get-role --role-name <name> --query Role.Arn` prints",
                "then recreate the pods",
            ),
        )
        return
    arn = walk.role_arn
    if arn is None or not walk.other_partition:
        return
    yield Diagnosis(
        confidence="certain",
        title=f"the role ARN is of partition `{arn.partition}`, the cluster of `{walk.other_partition}`",
        explanation="Provider, role and STS endpoint have to be in one partition.",
        evidence=evidence,
        expected=f"arn:{walk.other_partition}:iam::…",
        got=text,
        symptom=no_provider("<issuer>"),
        help=("write the ARN of the role in the cluster's partition on the service account",),
    )
