"""Amazon Resource Names, taken apart and checked by form alone."""

import re

from msgspec import Struct

PARTITIONS = frozenset({"aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"})
"""The partitions of AWS (eks-identity T15)."""

# W1 (eks-identity): what the webhook's log calls a valid role ARN. The webhook injects other values
# as they are; STS refuses them later with "Request ARN is invalid".
_ROLE_ARN = re.compile(r"arn:(aws[a-z0-9-]*):iam::(\d{12}):role/([\w\-/.@+=,]+)", re.ASCII)


class Arn(Struct, frozen=True):
    """The six parts of an ARN; ``resource`` keeps every colon and slash after the fifth colon."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> "Arn | None":
        """Return the parts, or None when the text does not have the six parts of an ARN."""
        parts = text.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn" or not parts[1] or not parts[2] or not parts[5]:
            return None
        return cls(parts[1], parts[2], parts[3], parts[4], parts[5])

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"


class RoleArn(Struct, frozen=True):
    """The ARN of an IAM role. ``path`` starts and ends with a slash, ``/`` for a role without a path."""

    partition: str
    account: str
    path: str
    name: str

    @classmethod
    def parse(cls, text: str) -> "RoleArn | None":
        """Return the role's parts, or None when STS would call the text an invalid role ARN."""
        match = _ROLE_ARN.fullmatch(text)
        if match is None:
            return None
        partition, account, resource = match.groups()
        name = resource.rpartition("/")[2]
        if not name:
            return None
        return cls(partition, account, "/" + resource.removesuffix(name), name)

    def __str__(self) -> str:
        return f"arn:{self.partition}:iam::{self.account}:role{self.path}{self.name}"


class OidcProviderArn(Struct, frozen=True):
    """The ARN of an IAM OIDC provider. ``issuer`` is the issuer's URL without its scheme (O1)."""

    partition: str
    account: str
    issuer: str

    @classmethod
    def parse(cls, text: str) -> "OidcProviderArn | None":
        """Return the provider's parts, or None when the text is no OIDC provider ARN."""
        arn = Arn.parse(text)
        if arn is None or arn.service != "iam" or not arn.resource.startswith("oidc-provider/"):
            return None
        return cls(arn.partition, arn.account, arn.resource.removeprefix("oidc-provider/"))

    def __str__(self) -> str:
        return f"arn:{self.partition}:iam::{self.account}:oidc-provider/{self.issuer}"
