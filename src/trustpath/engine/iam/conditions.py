"""Condition operators: what one condition of a statement says of a request.

Source: iam-evaluation 3, eks-identity S10 to S17. A condition is compiled once; compiled, it answers with
true, false or not known. Where it is not known whether a request carries a key, the answer is "not known"
exactly when one value of it makes the condition hold and another does not.
"""

import operator as python
from collections.abc import Callable
from decimal import Decimal

from msgspec import Struct

from trustpath.engine.iam import values as typed
from trustpath.engine.iam.operators import Operator
from trustpath.engine.iam.request import Absent, Present, RequestContext
from trustpath.engine.iam.service_reference import is_multivalued
from trustpath.engine.iam.three_valued import Truth, every, some
from trustpath.engine.iam.variables import Template, Unresolved, compile_value
from trustpath.engine.iam.wildcards import ANY_RUN, Part, Pattern, Patterns
from trustpath.model.policy import Condition, Effect

Judge = Callable[[str, RequestContext], Truth]
"""Whether the operator holds for one value of the request, negation included."""


class Comparison(Struct, frozen=True):
    """An operator with its values. ``can_hold`` and ``can_fail`` say whether some value of the request makes
    it so. With ``templates`` they hold for values whose variables are filled: see ``vain``."""

    judge: Judge
    can_hold: bool
    can_fail: bool
    negated: bool = False
    plain_values: bool = True
    templates: tuple[Template, ...] = ()

    def vain(self, context: RequestContext) -> bool:
        """Return whether nothing can fit: there are only values with variables, and none of them has a text."""
        if self.plain_values or not self.templates:
            return False
        found = [template.resolve(context) for template in self.templates]
        return all(isinstance(value, Unresolved) and not value.unknown for value in found)


class CompiledCondition:
    """One condition, ready to be asked. ``truth(context)`` is its answer."""

    __slots__ = ("condition", "key", "templates", "truth")

    def __init__(self, condition: Condition, version: str, effect: Effect) -> None:
        """Compile. The effect matters where an ARN cannot be read: an Allow fails, a Deny applies (recorded)."""
        self.condition = condition
        self.key = condition.key.lower()
        self.templates: tuple[Template, ...] = ()
        operator = Operator.parse(condition.operator)
        self.truth: Callable[[RequestContext], Truth]
        if operator is None:
            # IAM refuses such a document; what a stored one would do is not known.
            self.truth = lambda _context: None
        elif operator.name == "Null":
            self.truth = _null(condition, operator, self.key)
        else:
            texts = tuple(text.value for text in condition.values)
            if operator.family in ("String", "Arn"):
                compiled = [compile_value(text, version, like=operator.like) for text in texts]
                self.templates = tuple(value for value in compiled if isinstance(value, Template))
            self.truth = _quantified(operator, self.key, _compare(operator, texts, version, effect))

    def unknown_keys(self, context: RequestContext) -> tuple[str, ...]:
        """Return the keys that are not known and that this condition asks for."""
        own = () if isinstance(context[self.key], Absent | Present) else (self.condition.key,)
        return (*own, *(key for template in self.templates for key in template.unknown_keys(context)))


def _null(condition: Condition, operator: Operator, key: str) -> Callable[[RequestContext], Truth]:
    if operator.quantifier:
        # ForAllValues:Null is always true, ForAnyValue:Null always false (iam-evaluation 3).
        constant = operator.quantifier == "ForAllValues"
        return lambda _context: constant
    # Everything but `true` asks for the key to be there; an empty text and a list are there.
    wants_absent = any(text.value.lower() == "true" for text in condition.values)
    wants_present = any(text.value.lower() != "true" for text in condition.values)
    unknown = wants_absent if wants_absent == wants_present else None

    def truth(context: RequestContext) -> Truth:
        value = context[key]
        if isinstance(value, Absent):
            return wants_absent
        return wants_present if isinstance(value, Present) else unknown

    return truth


def _quantified(operator: Operator, key: str, comparison: Comparison) -> Callable[[RequestContext], Truth]:
    """Return the rule for keys that are absent, single or multivalued (S12, S15; the table of section 3)."""
    judge = comparison.judge
    for_all, for_any = operator.quantifier == "ForAllValues", operator.quantifier == "ForAnyValue"
    absent: Truth = for_all or (not for_any and (operator.if_exists or operator.negated))
    if for_any and operator.if_exists:
        # Neither documented nor recorded.
        absent = None
    declared = is_multivalued(key)
    unknown = _when_unknown(absent, comparison, for_all=for_all, for_any=for_any, multivalued=declared)
    # Where no value has a text, the positive form never holds and the negated one always does.
    nothing = Comparison(judge, comparison.negated, not comparison.negated)
    in_vain = _when_unknown(absent, nothing, for_all=for_all, for_any=for_any, multivalued=declared)

    def truth(context: RequestContext) -> Truth:
        value = context[key]
        if isinstance(value, Present):
            found = value.values
            if for_all:
                return every(judge(text, context) for text in found)
            if for_any:
                return some(judge(text, context) for text in found)
            if value.multivalued or declared:
                # A multivalued key that is there never satisfies an operator without a set prefix.
                return False
            return judge(found[0], context) if len(found) == 1 else None
        if isinstance(value, Absent):
            return absent
        return in_vain if comparison.vain(context) else unknown

    return truth


def _when_unknown(absent: Truth, comparison: Comparison, *, for_all: bool, for_any: bool, multivalued: bool) -> Truth:
    """Return the one answer that every value gives, and the key's absence; None when they differ."""
    outcomes = {absent}
    if for_all:
        outcomes |= {True} | ({False} if comparison.can_fail else set())
    elif for_any:
        outcomes |= {False} | ({True} if comparison.can_hold else set())
    elif multivalued:
        outcomes.add(False)
    else:
        outcomes |= ({True} if comparison.can_hold else set()) | ({False} if comparison.can_fail else set())
    return outcomes.pop() if len(outcomes) == 1 else None


def _compare(operator: Operator, texts: tuple[str, ...], version: str, effect: Effect) -> Comparison:
    match operator.family:
        case "String":
            return _strings(operator, texts, version)
        case "Arn":
            return _arns(operator, texts, version, effect)
        case "Numeric":
            return _ordered(operator, texts, typed.number)
        case "Date":
            return _ordered(operator, texts, typed.date)
        case "Bool":
            return _booleans(texts)
        case "IpAddress":
            return _addresses(operator, texts)
        case _:
            # BinaryEquals compares base64 as it is written (recorded).
            return _membership(frozenset(texts), negated=False)


def _membership(members: frozenset[str], *, negated: bool) -> Comparison:
    some_member = bool(members)
    if negated:
        return Comparison(lambda text, _context: text not in members, True, some_member)
    return Comparison(lambda text, _context: text in members, some_member, True)


def _strings(operator: Operator, texts: tuple[str, ...], version: str) -> Comparison:
    negated, ignore_case = operator.negated, operator.ignore_case
    compiled = [compile_value(text, version, like=operator.like) for text in texts]
    patterns = [value for value in compiled if isinstance(value, Pattern)]
    templates = [value for value in compiled if isinstance(value, Template)]
    literals = frozenset(_folded(pattern, ignore_case) for pattern in patterns if pattern.literal is not None)
    wild = [pattern for pattern in patterns if pattern.literal is None]
    wild_patterns = Patterns(wild)
    if not wild and not templates and not ignore_case:
        return _membership(literals, negated=negated)

    def fits(text: str, context: RequestContext) -> Truth:
        if ignore_case:
            text = text.lower()
        if text in literals or wild_patterns.match(text):
            return True
        result: Truth = False
        for template in templates:
            found = template.resolve(context)
            if isinstance(found, Unresolved):
                # A variable without a value equals nothing and is like nothing.
                result = None if found.unknown else result
            elif _folded(found, ignore_case) == text if found.literal is not None else found.matches(text):
                return True
        return result

    def judge(text: str, context: RequestContext) -> Truth:
        result = fits(text, context)
        return result if result is None else result is not negated

    # Text that no value fits always exists, unless one of them is a star.
    everything = wild_patterns.anything
    can_fit = bool(texts)
    can_hold, can_fail = (not everything, can_fit) if negated else (can_fit, not everything)
    return Comparison(judge, can_hold, can_fail, negated, bool(patterns), tuple(templates))


def _folded(pattern: Pattern, ignore_case: bool) -> str:
    text = pattern.literal or ""
    # Lower case by the rules for whole words, not case folding: ß is not ss (recorded).
    return text.lower() if ignore_case else text


def _booleans(texts: tuple[str, ...]) -> Comparison:
    # Everything but `true` in any case is false, on both sides (recorded).
    wanted = {text.lower() == "true" for text in texts}
    if any("${" in text for text in texts):
        # Two pages of the documentation disagree on variables here.
        return Comparison(lambda _text, _context: None, True, True)
    return Comparison(lambda text, _context: (text.lower() == "true") in wanted, bool(wanted), len(wanted) < 2)


_Ordered = Decimal | int
_ORDER: dict[str, Callable[[_Ordered, _Ordered], bool]] = {
    "Equals": python.eq,
    "NotEquals": python.eq,
    "LessThan": python.lt,
    "LessThanEquals": python.le,
    "GreaterThan": python.gt,
    "GreaterThanEquals": python.ge,
}


def _ordered(operator: Operator, texts: tuple[str, ...], read: Callable[[str], _Ordered | None]) -> Comparison:
    relation = _ORDER[operator.name.removeprefix("Numeric").removeprefix("Date")]
    operands = [operand for operand in map(read, texts) if operand is not None]
    negated = operator.negated

    def judge(text: str, _context: RequestContext) -> Truth:
        value = read(text)
        # A text of another type equals nothing: the positive form fails, the negated one holds (recorded).
        fits = value is not None and any(relation(value, operand) for operand in operands)
        return fits is not negated

    can_fit = bool(operands)
    return Comparison(judge, *((True, can_fit) if negated else (can_fit, True)))


def _addresses(operator: Operator, texts: tuple[str, ...]) -> Comparison:
    networks = [found for found in map(typed.network, texts) if found is not None]
    negated = operator.negated

    def judge(text: str, _context: RequestContext) -> Truth:
        address = typed.address(text)
        if address is None:
            # No address: both forms fail (recorded).
            return False
        return any(network.covers(address) for network in networks) is not negated

    can_fit = any(not network.empty for network in networks)
    whole = {network.version for network in networks if not network.bits and not network.empty} == {4, 6}
    return Comparison(judge, *((not whole, True) if negated else (can_fit, True)))


class _ArnPattern(Struct, frozen=True):
    """The six parts of an operand; ``padded``: it has fewer and ends in a star, which is not documented."""

    parts: tuple[Pattern, ...]
    padded: bool = False

    def matches(self, arn: tuple[str, ...]) -> Truth:
        """Compare part by part: a star does not leave its part, the sixth may hold colons."""
        fits = all(pattern.matches(part) for pattern, part in zip(self.parts, arn, strict=True))
        return None if fits and self.padded else fits


def _arn_pattern(pattern: Pattern) -> _ArnPattern | None:
    """Return the parts of an operand, None when it is no ARN."""
    parts: list[list[Part]] = [[]]
    for part in pattern.parts:
        if not isinstance(part, str):
            parts[-1].append(part)
            continue
        pieces = part.split(":", 6 - len(parts))
        parts[-1].append(pieces[0])
        parts.extend([piece] for piece in pieces[1:])
    padded = len(parts) < 6 and bool(parts[-1]) and parts[-1][-1] == ANY_RUN
    if padded:
        parts.extend([ANY_RUN] for _ in range(6 - len(parts)))
    compiled = tuple(Pattern(piece) for piece in parts)
    if len(compiled) < 6 or not compiled[0].matches("arn"):
        return None
    return _ArnPattern(compiled, padded and not pattern.anything)


def _arns(operator: Operator, texts: tuple[str, ...], version: str, effect: Effect) -> Comparison:
    negated = operator.negated
    values = [compile_value(text, version, like=True) for text in texts]
    operands = [value if isinstance(value, Template) else _arn_pattern(value) for value in values]

    def judge(text: str, context: RequestContext) -> Truth:
        arn = typed.arn(text)
        if arn is None:
            # No ARN: both forms fail (recorded).
            return False
        open_operand = False
        for operand in operands:
            found = operand.resolve(context) if isinstance(operand, Template) else operand
            if isinstance(found, Unresolved):
                open_operand = open_operand or found.unknown
                continue
            pattern = _arn_pattern(found) if isinstance(found, Pattern) else found
            if pattern is None:
                # Values are read in order; one that is no ARN ends it: no grant, and a Deny applies (recorded).
                return None if open_operand else effect == "Deny"
            fits = pattern.matches(arn)
            if fits:
                return not negated
            open_operand = open_operand or fits is None
        return None if open_operand else negated

    can_fit = bool(texts)
    everything = any(isinstance(operand, _ArnPattern) and _covers_all(operand) for operand in operands)
    can_hold = not everything if negated else can_fit
    templates = tuple(operand for operand in operands if isinstance(operand, Template))
    # A text that is no ARN makes both forms fail.
    return Comparison(judge, can_hold, True, False, negated or len(templates) < len(operands), templates)


def _covers_all(operand: _ArnPattern) -> bool:
    return not operand.padded and all(part.anything for part in operand.parts[1:])
