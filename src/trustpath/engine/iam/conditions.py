"""Condition operators: what one condition of a statement says of a request.

Source: iam-evaluation 3, eks-identity S10 to S17. String operators, Bool and Null are decided. An operator
of another type is decided where the key is absent or its value is not of that type, and not known where
values of that type would have to be compared.
"""

import re
from collections.abc import Callable

from msgspec import Struct

from trustpath.engine.iam.request import Absent, ContextValue, Present, RequestContext
from trustpath.engine.iam.three_valued import Truth, every, negate, some
from trustpath.engine.iam.variables import Unresolved, expand
from trustpath.engine.iam.wildcards import Pattern, matches
from trustpath.model.policy import Condition

_SPLIT = re.compile(r"(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?")
_NEGATED = {
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
    "NumericNotEquals",
    "DateNotEquals",
    "NotIpAddress",
    "ArnNotEquals",
    "ArnNotLike",
}
_POSITIVE = {
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


class Operator(Struct, frozen=True):
    """An operator taken apart: ``name`` without set prefix (``quantifier``) and without IfExists."""

    name: str
    quantifier: str
    if_exists: bool

    @classmethod
    def parse(cls, text: str) -> "Operator | None":
        """Return the operator, or None when IAM knows no such operator."""
        match = _SPLIT.fullmatch(text)
        if match is None:
            return None
        name = match[2]
        if name != "Null" and name not in _NEGATED and name not in _POSITIVE:
            return None
        return cls(name, match[1] or "", match[3] is not None)

    @property
    def negated(self) -> bool:
        """Return whether the operator holds for what does not match."""
        return self.name in _NEGATED

    @property
    def like(self) -> bool:
        """Return whether star and question mark are wildcards in the policy's value (S13)."""
        return self.name in ("StringLike", "StringNotLike")


def holds(condition: Condition, version: str, context: RequestContext) -> Truth:
    """Return whether a condition holds for a request."""
    operator = Operator.parse(condition.operator)
    if operator is None:
        return None
    value = context.get(condition.key)
    if operator.name == "Null":
        return _null(condition, operator, value)
    if isinstance(value, Absent):
        return _absent(operator)
    if not isinstance(value, Present):
        return None
    if operator.name.startswith("String"):
        return _quantify(operator, value, _text_comparison(operator, condition, version, context))
    if operator.name == "Bool":
        # Everything but `true` in any case is false, on both sides.
        return _quantify(
            operator, value, lambda text: some(_is_true(text) == _is_true(item.value) for item in condition.values)
        )
    return _quantify(operator, value, lambda text: _other_type(operator, text), negate_fits=False)


def _null(condition: Condition, operator: Operator, value: ContextValue) -> Truth:
    if operator.quantifier:
        # ForAllValues:Null is always true, ForAnyValue:Null always false (iam-evaluation 3).
        return operator.quantifier == "ForAllValues"
    if not isinstance(value, Absent | Present):
        return None
    absent = isinstance(value, Absent)
    return some(absent == (text.value.lower() == "true") for text in condition.values)


def _absent(operator: Operator) -> Truth:
    # S12, S15: set prefixes first, then IfExists, then the negated operators, which hold without a key.
    if operator.quantifier == "ForAllValues":
        return True
    if operator.quantifier == "ForAnyValue":
        # With IfExists neither documented nor recorded.
        return None if operator.if_exists else False
    return operator.if_exists or operator.negated


def _is_true(text: str) -> bool:
    return text.lower() == "true"


def _other_type(operator: Operator, value: str) -> Truth:
    """Return what an operator says of a value that is not of its type; None when it is of its type.

    No ARN and no address: both forms are false. No number: the negated form is true.
    """
    if operator.name.startswith("Arn"):
        return None if value.startswith("arn:") else False
    if operator.name.endswith("IpAddress"):
        return None if value[:1] in set("0123456789abcdefABCDEF:") else False
    if operator.name.startswith("Numeric"):
        return None if re.fullmatch(r"\s*[-+]?\.?[0-9].*", value) else operator.negated
    return None


def _text_comparison(
    operator: Operator, condition: Condition, version: str, context: RequestContext
) -> Callable[[str], Truth]:
    """Return "does this request value fit one of the condition's values"."""
    ignore_case = operator.name.endswith("IgnoreCase")
    patterns = [expand(text.value, version, context, like=operator.like) for text in condition.values]

    def fits(value: str) -> Truth:
        return some(_fits(pattern, value, ignore_case=ignore_case) for pattern in patterns)

    return fits


def _fits(pattern: Pattern | Unresolved, value: str, *, ignore_case: bool) -> Truth:
    if isinstance(pattern, Unresolved):
        return None if pattern.unknown else False
    if ignore_case:
        lowered = tuple(part.lower() if isinstance(part, str) else part for part in pattern)
        return matches(lowered, value.lower())
    return matches(pattern, value)


def _quantify(operator: Operator, value: Present, fits: Callable[[str], Truth], *, negate_fits: bool = True) -> Truth:
    def one(text: str) -> Truth:
        # Values of a negated operator are NOR (S11).
        return negate(fits(text)) if operator.negated and negate_fits else fits(text)

    if operator.quantifier == "ForAllValues":
        return every(one(text) for text in value.values)
    if operator.quantifier == "ForAnyValue":
        return some(one(text) for text in value.values)
    if value.multivalued:
        # A multivalued key that is there never satisfies an operator without a set prefix.
        return False
    return one(value.values[0]) if len(value.values) == 1 else None
