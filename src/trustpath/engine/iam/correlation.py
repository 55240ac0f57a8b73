"""One unknown key in several conditions: their answers hang together, which three values cannot say.

``team is alpha`` and ``team is not alpha`` are both not known, yet one of them holds whatever the team is. The
texts that matter to a key are the operands of its conditions and one that is none of them; a verdict that is
the same for each of these is the verdict.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal, localcontext
from itertools import pairwise, product

from trustpath.engine.iam import values as typed
from trustpath.engine.iam.conditions import CompiledCondition
from trustpath.engine.iam.document import CompiledPolicy, CompiledStatement, Policy
from trustpath.engine.iam.operators import Operator
from trustpath.engine.iam.request import ABSENT, ContextValue, Present, Request, RequestContext
from trustpath.engine.iam.service_reference import is_multivalued

_MOST_CASES = 256
_MOST_DIGITS = 300
_OTHER = "\x00none of the operands"


def cases(request: Request, policies: Iterable[Policy], unknown: tuple[str, ...]) -> Iterator[Request] | None:
    """Return the requests that stand for all values of the unknown keys.

    None where no few values stand for all: patterns, lists, addresses, variables, or too many cases.
    """
    action = request.action.lower()
    statements = [
        statement
        for policy in policies
        if isinstance(policy, CompiledPolicy)
        for group in policy.candidates(action)
        for statement in group
    ]
    keys = [key.lower() for key in unknown]
    choices: list[list[ContextValue]] = []
    for key in keys:
        found = _values(key, statements)
        if found is None:
            return None
        choices.append([ABSENT, *(Present((text,)) for text in found)])
    number = 1
    for values in choices:
        number *= len(values)
    # With one condition to a key, three values have said all that can be said.
    if number > _MOST_CASES or all(_conditions(key, statements) < 2 for key in keys):
        return None
    return (_with(request, dict(zip(keys, chosen, strict=True))) for chosen in product(*choices))


def _with(request: Request, values: dict[str, ContextValue]) -> Request:
    context = RequestContext({}, request.context.other)
    context.update(request.context)
    context.update(values)
    return Request(request.principal, request.action, request.resource, context, request.resource_account)


def _conditions(key: str, statements: list[CompiledStatement]) -> int:
    return sum(condition.key == key for statement in statements for condition in statement.conditions)


def _values(key: str, statements: list[CompiledStatement]) -> set[str] | None:
    """Return texts that stand for all texts of a key."""
    if is_multivalued(key):
        return None
    texts: set[str] = {_OTHER}
    families: set[str] = set()
    folded: set[str] = set()
    for statement in statements:
        templates = [*(statement.resources.templates if statement.resources else ())]
        for condition in statement.conditions:
            templates += condition.templates
            if condition.key == key:
                found = _operands(condition)
                if found is None:
                    return None
                texts |= found
                operator = Operator.parse(condition.condition.operator)
                if operator is not None and operator.family != "Null":
                    families.add(operator.family)
                    folded |= found if operator.ignore_case else set()
        if any(key in template.keys for template in templates):
            return None
    # The texts stand for all others only while they are all of one type: "010" is the number 10 and not the
    # text "10".
    if len(families) > 1:
        return None
    return texts | {other for text in folded if (other := _in_another_case(text, texts)) is not None}


def _in_another_case(text: str, texts: set[str]) -> str | None:
    """Return a text that is equal but for its case and is none of the others, None where there is none."""
    cased = [place for place, character in enumerate(text) if character.swapcase() != character]
    for number in range(1, min(2 ** len(cased), len(texts) + 2)):
        characters = list(text)
        for bit, place in enumerate(cased):
            if number >> bit & 1:
                characters[place] = characters[place].swapcase()
        other = "".join(characters)
        if other not in texts and other.lower() == text.lower():
            return other
    return None


def _operands(condition: CompiledCondition) -> set[str] | None:
    operator = Operator.parse(condition.condition.operator)
    texts = {text.value for text in condition.condition.values}
    if operator is None or operator.quantifier or condition.templates:
        return None
    match operator.family:
        case "Null":
            return set()
        case "Bool":
            return {"true", "false"}
        case "Binary":
            return texts
        case "String" if not operator.like and not any("${" in text for text in texts):
            return texts | {text.lower() for text in texts} | {text.upper() for text in texts}
        case "Numeric":
            numbers = sorted({number for text in texts if (number := typed.number(text)) is not None})
            if any(abs(number.adjusted()) > _MOST_DIGITS for number in numbers):
                return None
            return {str(number) for number in _around(numbers)}
        case "Date":
            moments = sorted({Decimal(moment) / 1000 for text in texts if (moment := typed.date(text)) is not None})
            return {str(int(moment)) for moment in _around(moments)} if _whole(moments) else None
        case _:
            return None


def _around(numbers: list[Decimal]) -> list[Decimal]:
    """Return the numbers, one between each two, one below and one above."""
    if not numbers:
        return []
    with localcontext(prec=4 * _MOST_DIGITS):
        between = [(low + high) / 2 for low, high in pairwise(numbers)]
        return [*numbers, *between, numbers[0] - 1, numbers[-1] + 1]


def _whole(moments: list[Decimal]) -> bool:
    # Seconds are the finest moments that a number can say; closer operands are left undecided.
    return all(moment == int(moment) for moment in moments) and all(high - low >= 2 for low, high in pairwise(moments))
