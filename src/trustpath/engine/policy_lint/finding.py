"""A finding, and the statement that a check looks at."""

from collections.abc import Callable, Iterator
from functools import cached_property

from msgspec import Struct

from trustpath.engine.iam.operators import Operator
from trustpath.engine.iam.wildcards import compile_pattern, has_wildcard
from trustpath.model.lint import Severity
from trustpath.model.policy import JsonNumber, JsonObject, Path, PolicyKind, listed


class Finding(Struct, frozen=True):
    """One thing to say of a document: Access Analyzer's code or our own, its text and the place.

    ``on_key``: the key at the path is meant, not its value. ``at`` is line and column where the text could not
    be read as JSON, so that there is no path.
    """

    code: str
    severity: Severity
    message: str
    path: Path
    on_key: bool = False
    at: tuple[int, int] = (0, 0)


class Operand(Struct, frozen=True):
    """One key under one operator with its values as they stand in the JSON."""

    operator_text: str
    operator: Operator | None
    key: str
    values: tuple[object, ...]
    is_list: bool
    path: Path

    def texts(self) -> list[tuple[str, Path]]:
        """Return the values as IAM compares them, each with its place."""
        return [
            ("true" if value is True else "false" if value is False else str(value), self._place(index))
            for index, value in enumerate(self.values)
            if isinstance(value, str | bool)
        ]

    def _place(self, index: int) -> Path:
        return (*self.path, index) if self.is_list else self.path


class StatementToCheck:
    """One statement, what kind of policy it is in, and the document's version."""

    def __init__(self, kind: PolicyKind, version: str, statement: JsonObject, path: Path) -> None:
        self.kind, self.version, self.statement, self.path = kind, version, statement, path

    def entries(self, element: str) -> list[tuple[str, Path]]:
        """Return the texts of an element with their places."""
        return listed(self.statement, element, self.path)

    def entries_of(self, element: str) -> list[tuple[str, Path]]:
        """Return the texts of an element and of its Not form."""
        return [*self.entries(element), *self.entries(f"Not{element}")]

    @property
    def allows(self) -> bool:
        """Return whether the statement grants."""
        return self.statement.get("Effect") == "Allow"

    @cached_property
    def principals(self) -> list[tuple[str, str, Path]]:
        """Return the principals as kind, text and place."""
        found = []
        for element in ("Principal", "NotPrincipal"):
            block = self.statement.get(element)
            if isinstance(block, JsonObject):
                for kind in block:
                    found += [(kind, text, place) for text, place in listed(block, kind, (*self.path, element))]
        return found

    @cached_property
    def operands(self) -> list[Operand]:
        """Return every key of the Condition element."""
        block = self.statement.get("Condition")
        found = []
        for name, keys in block.items() if isinstance(block, JsonObject) else ():
            for key, value in keys.items() if isinstance(keys, JsonObject) else ():
                values = tuple(value) if isinstance(value, list) else (value,)
                path: Path = (*self.path, "Condition", name, key)
                found.append(Operand(name, Operator.parse(name), key, values, isinstance(value, list), path))
        return found


Check = Callable[[StatementToCheck], Iterator[Finding]]


def json_type(value: object) -> str:
    """Return the JSON type's name as Access Analyzer writes it."""
    if isinstance(value, JsonNumber):
        return "Number"
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, str):
        return "String"
    return "Array" if isinstance(value, list) else "Object" if isinstance(value, JsonObject) else "Null"


_MOST_ENTRIES = 500


def covered_entries(entries: list[tuple[str, Path]]) -> list[tuple[str, Path]]:
    """Return the entries that another one covers, or that stand twice.

    Longer lists than any policy may hold are not compared.
    """
    if len(entries) > _MOST_ENTRIES:
        return []
    patterns = {text: compile_pattern(text) for text, _ in entries if has_wildcard(text)}
    seen: set[str] = set()
    covered = []
    for text, path in entries:
        if text in seen or any(other != text and pattern.matches(text) for other, pattern in patterns.items()):
            covered.append((text, path))
        seen.add(text)
    return covered
