"""The names of condition operators (iam-evaluation 3)."""

import re

from msgspec import Struct

_SPLIT = re.compile(r"(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?")

NEGATED = frozenset(
    {
        "StringNotEquals",
        "StringNotEqualsIgnoreCase",
        "StringNotLike",
        "NumericNotEquals",
        "DateNotEquals",
        "NotIpAddress",
        "ArnNotEquals",
        "ArnNotLike",
    }
)
POSITIVE = frozenset(
    {
        "StringEquals",
        "StringEqualsIgnoreCase",
        "StringLike",
        "NumericEquals",
        "NumericLessThan",
        "NumericLessThanEquals",
        "NumericGreaterThan",
        "NumericGreaterThanEquals",
        "DateEquals",
        "DateLessThan",
        "DateLessThanEquals",
        "DateGreaterThan",
        "DateGreaterThanEquals",
        "Bool",
        "BinaryEquals",
        "IpAddress",
        "ArnEquals",
        "ArnLike",
    }
)
ALL = NEGATED | POSITIVE | {"Null"}


class Operator(Struct, frozen=True):
    """An operator taken apart: ``name`` without set prefix (``quantifier``) and without IfExists."""

    name: str
    quantifier: str
    if_exists: bool

    @classmethod
    def parse(cls, text: str) -> "Operator | None":
        """Return the operator, or None when IAM knows no such operator."""
        match = _SPLIT.fullmatch(text)
        if match is None or match[2] not in ALL:
            return None
        return cls(match[2], match[1] or "", match[3] is not None)

    @property
    def negated(self) -> bool:
        """Return whether the operator holds for what does not match."""
        return self.name in NEGATED

    @property
    def ignore_case(self) -> bool:
        """Return whether upper and lower case are the same."""
        return self.name.endswith("IgnoreCase")

    @property
    def like(self) -> bool:
        """Return whether star and question mark are wildcards in the policy's value (S13)."""
        return self.name in ("StringLike", "StringNotLike") or self.family == "Arn"

    @property
    def family(self) -> str:
        """Return the type of the values: String, Numeric, Date, Bool, Binary, IpAddress, Arn or Null."""
        if self.name.endswith("IpAddress"):
            return "IpAddress"
        families = ("String", "Numeric", "Date", "Bool", "Binary", "Arn", "Null")
        return next(family for family in families if self.name.startswith(family))
