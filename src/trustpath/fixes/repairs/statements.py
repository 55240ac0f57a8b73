"""Edits the conditions of one statement of a policy, and says in the fewest operations what became of them."""

import copy
from collections.abc import Iterator, Mapping

import msgspec

from trustpath.model.fix import Operation
from trustpath.model.policy import Condition, Path, PolicyDocument, Statement, Text


class ConditionBlock:
    """The ``Condition`` of a statement as it stands in the text, to be changed."""

    def __init__(self, document: PolicyDocument, statement: Statement) -> None:
        found = msgspec.json.decode(document.text)
        for key in statement.path:
            found = found[key]
        self._place: Path = (*statement.path, "Condition")
        self._is_there = "Condition" in found
        self._old: dict[str, dict[str, object]] = found.get("Condition") or {}
        self.block = copy.deepcopy(self._old)

    def admit(self, condition: Condition, value: str, instead_of: str = "") -> None:
        """Let a comparison hold for one more value, in place of another one where that is given."""
        keys = self.block[condition.operator]
        present = keys[condition.key]
        if isinstance(present, list):
            kept = [item for item in present if item != instead_of]
            keys[condition.key] = [*kept, value]
        else:
            keys[condition.key] = value if present == instead_of else [present, value]

    def drop(self, condition: Condition) -> None:
        """Take a comparison out."""
        keys = self.block[condition.operator]
        del keys[condition.key]
        if not keys:
            del self.block[condition.operator]

    def put(self, operator: str, key: str, values: list[str]) -> None:
        """Put a comparison in, where there is none of this key."""
        self.block.setdefault(operator, {}).setdefault(key, values[0] if len(values) == 1 else values)

    def operations(self) -> list[Operation]:
        """Return what makes the new block of the old one."""
        if not self.block:
            return [Operation("remove", self._place)] if self._is_there else []
        if not self._is_there:
            return [Operation("add", self._place, self.block)]
        return list(_differences(self._old, self.block, self._place, 2))


def _differences(old: Mapping[str, object], new: Mapping[str, object], place: Path, depth: int) -> Iterator[Operation]:
    for key in old:
        if key not in new:
            yield Operation("remove", (*place, key))
    for key, value in new.items():
        before = old.get(key)
        if key not in old:
            yield Operation("add", (*place, key), value)
        elif before != value:
            if depth > 1 and isinstance(before, Mapping) and isinstance(value, Mapping):
                yield from _differences(before, value, (*place, key), depth - 1)
            else:
                yield Operation("replace", (*place, key), value)


def with_value(values: tuple[Text, ...], value: str, *, replace: bool = False) -> Operation:
    """Return how a value comes to a text or a list of texts, or takes the first one's place."""
    first = values[0].path
    if replace:
        return Operation("replace", first, value)
    if isinstance(first[-1], int):
        return Operation("add", (*first[:-1], "-"), value)
    return Operation("replace", first, [values[0].value, value])
