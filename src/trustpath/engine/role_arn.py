"""What is wrong with a text that should be the ARN of an IAM role.

Source: eks-identity W1 and the STS answers of 5.2 (``Request ARN is invalid``).
"""

from typing import Literal

from trustpath.model.arn import Arn, RoleArn

Fault = Literal[
    "other-resource",
    "doubled",
    "bare-name",  # something else than a role ARN
    "blank",
    "shape",
    "extra-colon",
    "partition",
    "region",
    "account",
    "resource",  # a role ARN gone wrong
]

NOT_A_ROLE_ARN: frozenset[Fault] = frozenset({"other-resource", "doubled", "bare-name"})


def fault(text: str) -> Fault | None:
    """Return the first fault, None for a well-formed role ARN."""
    if RoleArn.parse(text) is not None:
        return None
    if any(char.isspace() or char in "\"'" for char in text):
        return "blank"
    if text.count("arn:") > 1:
        return "doubled"
    if text and not text.startswith("arn:"):
        return "bare-name"
    arn = Arn.parse(text)
    if arn is None:
        return "shape"
    if arn.service == "iam" and (arn.resource.startswith(":") or ":role/" in arn.resource):
        return "extra-colon"
    return _fault_of_parts(arn)


def _fault_of_parts(arn: Arn) -> Fault:
    kind, slash, _ = arn.resource.partition("/")
    if kind.lower() != "role" and (slash or arn.service != "iam"):
        return "other-resource"
    if not arn.partition.startswith("aws") or arn.service != "iam":
        return "partition"
    if arn.region:
        return "region"
    if not (len(arn.account) == 12 and arn.account.isascii() and arn.account.isdigit()):
        return "account"
    return "resource"
