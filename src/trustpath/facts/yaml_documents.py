"""YAML as kubectl reads it: libyaml's parser for the events, Go's scalar rules for the values.

kubectl turns YAML into JSON with sigs.k8s.io/yaml. Its rules differ from PyYAML's: ``0123`` is octal,
``yes`` is true, timestamps and ``12:30`` stay text, the last of two equal keys counts.
tests/facts/yaml_scalars.jsonl holds its answers.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import yaml

from trustpath.model.source import Key

MAX_DEPTH = 200
MAX_ALIASED_NODES = 100_000
"""How many nodes aliases may repeat. kubectl refuses a document with excessive aliasing as well."""

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset(["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"])
_FALSE = frozenset(["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"])
_NOT_JSON = frozenset(f"{sign}{word}" for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")) | {
    ".nan",
    ".NaN",
    ".NAN",
}
_INTEGER = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|[1-9][0-9]*|0)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_TAG = "tag:yaml.org,2002:"


class YamlError(Exception):
    """The text is not YAML that kubectl would read; line and column count from 1."""

    def __init__(self, problem: str, line: int, column: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line
        self.column = column


def resolve(text: str) -> object:
    """Return the JSON value of a plain scalar. Raises ValueError for infinities and not-a-number."""
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if text in _NOT_JSON:
        raise ValueError(f"`{text}` is no JSON number")
    if text[0] not in "+-.0123456789":
        return text
    # Go strips underscores, but not where the text starts with the point.
    plain = text.replace("_", "") if text[0] != "." else text
    if _INTEGER.fullmatch(plain):
        return _integer(plain)
    if _FLOAT.fullmatch(plain):
        number = float(plain)
        if number in (float("inf"), float("-inf")):
            return text
        return int(number) if number.is_integer() and abs(number) < 1e21 else number
    return text


def _integer(plain: str) -> int | float:
    digits = plain.lstrip("+-").lower()
    if len(digits) > 1 and digits[0] == "0" and digits[1] not in "xob":
        digits = "0o" + digits
    number = int(digits, 0)
    if plain[0] == "-":
        number = -number
    # Go falls back to a float beyond 64 bits.
    return number if -(2**63) <= number < 2**64 else float(number)


class Document:
    """A document as a JSON value (dict, list, str, int, float, bool, None) and where its parts start.

    Objects in the document's ``items`` list are encoded JSON (``msgspec.Raw``).

    ``line`` is the document's first line, ``items`` line and column of each item of its ``items`` list,
    all counted from 0: with them one object can be found without reading the whole file again.
    """

    __slots__ = ("items", "line", "value")

    def __init__(self, line: int) -> None:
        self.value: object = None
        self.line = line
        self.items: list[tuple[int, int]] = []


def load_documents(data: bytes) -> Iterator[Document]:
    """Yield each document.

    Raises YamlError at the first place that cannot be read; the documents before it have been yielded.
    """
    return _documents(data, _Builder)


def _documents(data: bytes, make_builder: "type[_Builder]") -> Iterator[Document]:
    loader = yaml.CLoader(data)
    try:
        builder = make_builder(0)
        while loader.check_event():
            event: Any = loader.get_event()
            if type(event) is yaml.DocumentStartEvent:
                mark = event.start_mark
                builder = make_builder(mark.line if mark else 0)
            elif type(event) is yaml.DocumentEndEvent:
                yield builder.document
            else:
                builder.add(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or "not YAML"
        raise YamlError(problem, mark.line + 1 if mark else 0, mark.column + 1 if mark else 0) from None
    except yaml.reader.ReaderError as error:
        before = data[: error.position] if isinstance(error.position, int) else b""
        line = before.count(b"\n") + 1
        raise YamlError(error.reason, line, len(before) - before.rfind(b"\n")) from None
    finally:
        loader.dispose()


def scalar_texts(data: bytes) -> list[str] | None:
    """Return the scalars of a document that is a list, each as it is written: ``012`` stays ``012``.

    That is how Go decodes YAML into a list of texts: nulls are empty, lists and mappings in the list are left
    out. None where the document is no list. Raises YamlError.
    """
    document = next(_documents(data, _TextBuilder), None)
    value = document.value if document else None
    if not isinstance(value, list):
        return None
    return [item for item in value if isinstance(item, str)]


class _Builder:
    """Builds one document without recursion, so that depth and aliases stay bounded."""

    def __init__(self, line: int) -> None:
        self.document = Document(line)
        self._stack: list[Any] = []
        self._keys: list[str | None] = []
        self._merges: list[list[Any]] = []
        self._anchored: list[tuple[str, int] | None] = []
        self._anchors: dict[str, tuple[object, int]] = {}
        self._resolved: dict[str, object] = {}
        self._open_key = ""
        self._nodes = 0
        self._aliased = 0

    def add(self, event: Any) -> None:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._nodes += 1
            value = self._scalar(event)
            if event.anchor:
                self._anchors[event.anchor] = (value, 1)
            self._put(value, event)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self._nodes += 1
            if len(self._stack) >= MAX_DEPTH:
                raise _error(event, f"nested deeper than {MAX_DEPTH} levels")
            container: object = {} if kind is yaml.MappingStartEvent else []
            if len(self._stack) == 2 and self._open_key == "items":
                self.document.items.append((event.start_mark.line, event.start_mark.column))
            self._put(container, event)
            self._stack.append(container)
            self._keys.append(None)
            self._merges.append([])
            self._anchored.append((event.anchor, self._nodes) if event.anchor else None)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._end()
        elif kind is yaml.AliasEvent:
            if event.anchor not in self._anchors:
                raise _error(event, f"alias `*{event.anchor}` names no anchor before it")
            value, size = self._anchors[event.anchor]
            self._aliased += size
            if self._aliased > MAX_ALIASED_NODES:
                raise _error(event, "aliases repeat too much of the document")
            self._nodes += size
            self._put(value, event)

    def _end(self) -> None:
        container = self._stack.pop()
        self._keys.pop()
        for merged in self._merges.pop():
            for key, value in merged.items():
                container.setdefault(key, value)
        if len(self._stack) == 2 and self._open_key == "items" and type(self._stack[1]) is list:
            # Thousands of objects take a tenth of the memory as text.
            self._stack[1][-1] = msgspec.Raw(msgspec.json.encode(container))
        anchored = self._anchored.pop()
        if anchored:
            name, start = anchored
            self._anchors[name] = (container, self._nodes - start + 1)

    def _put(self, value: object, event: Any) -> None:
        if not self._stack:
            self.document.value = value
            return
        container = self._stack[-1]
        if type(container) is list:
            container.append(value)
            return
        key = self._keys[-1]
        if key is None:
            self._keys[-1] = self._key(value, event)
            return
        self._keys[-1] = None
        if len(self._stack) == 1:
            self._open_key = key
        if key == "<<" and isinstance(value, dict | list):
            parts = value if isinstance(value, list) else [value]
            if all(isinstance(part, dict) for part in parts) and parts:
                self._merges[-1].extend(parts)
                return
        container[key] = value

    @staticmethod
    def _key(value: object, event: Any) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return str(value)
        raise _error(event, "a key must be a text, a number or true/false")

    def _scalar(self, event: Any) -> object:
        text: str = event.value
        tag: str | None = event.tag
        if tag is None:
            if not event.implicit[0]:
                return text
            known = self._resolved.get(text, self)
            if known is not self:
                return known
            try:
                value = resolve(text)
            except ValueError as error:
                raise _error(event, str(error)) from None
            self._resolved[text] = value
            return value
        if tag in _TAGGED:
            return _tagged(text, tag, event)
        if tag == _TAG + "binary":
            try:
                return base64.b64decode(text).decode()
            except (binascii.Error, UnicodeDecodeError):
                raise _error(event, "`!!binary` holds no base64 text") from None
        return text


class _TextBuilder(_Builder):
    """Keeps scalars as they are written."""

    def _scalar(self, event: Any) -> object:
        plain = event.tag is None and event.implicit[0]
        return "" if plain and event.value in _NULL else event.value


_TAGGED: dict[str, tuple[type, ...]] = {
    _TAG + "int": (int,),
    _TAG + "float": (int, float),
    _TAG + "bool": (bool,),
    _TAG + "null": (type(None),),
}


def _tagged(text: str, tag: str, event: Any) -> object:
    try:
        value = resolve(text)
    except ValueError as error:
        raise _error(event, str(error)) from None
    if type(value) not in _TAGGED[tag]:
        raise _error(event, f"`{text}` is no {tag.removeprefix(_TAG)}")
    return value


def _error(event: Any, problem: str) -> YamlError:
    return YamlError(problem, event.start_mark.line + 1, event.start_mark.column + 1)


class _Level:
    """A mapping or sequence that is open while a document is searched."""

    def __init__(self, *, mapping: bool) -> None:
        self.mapping = mapping
        self.expects_key = mapping
        self.key: str | int | None = None
        self.key_event: Any = None
        self.index = -1


def find(data: bytes, path: tuple[Key, ...], *, key: bool = False) -> tuple[int, int, int] | None:
    """Return line, column (from 0) and length of the value at ``path`` in the first document, or None.

    With ``key``, and for a mapping or list that has a key, the key is found in its place. A key that
    stands twice is found at its last place, the one that counts.
    """
    loader = yaml.CLoader(data)
    found: tuple[int, int, int] | None = None
    stack: list[_Level] = []
    try:
        while loader.check_event():
            event: Any = loader.get_event()
            kind = type(event)
            if kind is yaml.DocumentEndEvent:
                break
            if kind is yaml.StreamStartEvent or kind is yaml.DocumentStartEvent:
                continue
            if kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                stack.pop()
                continue
            if stack and _is_key(stack[-1], event):
                continue
            if len(stack) == len(path) and all(
                str(level.key) == str(wanted) for level, wanted in zip(stack, path, strict=True)
            ):
                found = _place(event, stack, key=key)
            if kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                stack.append(_Level(mapping=kind is yaml.MappingStartEvent))
    except yaml.YAMLError:
        return found
    finally:
        loader.dispose()
    return found


def _is_key(level: _Level, event: Any) -> bool:
    """Take note of a key or of the next item, and return whether the event was a key."""
    if not level.mapping:
        level.index += 1
        level.key = level.index
        return False
    if level.expects_key:
        level.key = event.value if type(event) is yaml.ScalarEvent else None
        level.key_event = event
        level.expects_key = type(event) is not yaml.ScalarEvent
        return type(event) is yaml.ScalarEvent
    level.expects_key = True
    return False


def _place(event: Any, stack: list[_Level], *, key: bool) -> tuple[int, int, int]:
    collection = type(event) is yaml.MappingStartEvent or type(event) is yaml.SequenceStartEvent
    if stack and stack[-1].mapping and (key or collection):
        event = stack[-1].key_event
    start, end = event.start_mark, event.end_mark
    return start.line, start.column, max(end.column - start.column, 1) if end.line == start.line else 1
