"""From a symbolic place to line and column, only when a finding is drawn."""

import io
import re
from array import array
from bisect import bisect_right
from collections import ChainMap
from collections.abc import Mapping, MutableMapping
from itertools import accumulate
from typing import TypeVar, cast

from msgspec import Struct

from trustpath.facts import json_documents
from trustpath.model.source import Position, Source

K = TypeVar("K")
V = TypeVar("V")

_Path = tuple[str | int, ...]
_LISTS = ("items", "Roles", "RoleDetailList")
_POLICY_TEXTS = frozenset(
    {
        "AccessPolicies",
        "AssumeRolePolicyDocument",
        "Content",
        "Document",
        "Policy",
        "PolicyDocument",
        "ResourcePolicy",
        "policy",
        "policyText",
    }
)
"""Keys whose value may be the text of a policy document."""
_EMBEDDED = 2
"""How much of a place leads to a value of a ConfigMap: ``data`` and the key. What follows stands inside the value."""


class Outline(Struct, frozen=True):
    """Where a document stands in its file.

    For JSON ``begin`` and ``end`` are bytes. For YAML ``begin`` is the first line, and ``items`` holds line
    and column of each item of its ``items`` list; all count from 0.
    """

    begin: int
    end: int
    items: list[tuple[int, int]]


Outlines = dict[tuple[str, int], Outline]


class _Part(Struct, frozen=True):
    """A piece of a file that holds one object; ``line`` is the file's line on which it starts, from 0.

    ``column`` is how many characters stand before it on that line: all objects of a list may stand on one.
    """

    text: bytes
    line: int
    column: int = 0


class _JsonText:
    """A part of a JSON file with its values and lines indexed."""

    def __init__(self, part: _Part) -> None:
        text = part.text.decode()
        self._line = part.line
        self._column = part.column
        self._values = json_documents.Values(text)
        self._starts = [0, *(match.end() for match in re.finditer("\n", text)), len(text) + 1]

    def find(self, path: _Path, *, key: bool) -> tuple[int, int, int] | None:
        """Return line and column from 0, and how many characters of that line are meant."""
        span = self._values.find(path, key=key)
        if span is None:
            return None
        first, last = span
        line = bisect_right(self._starts, first) - 1
        begin, end = self._starts[line], self._starts[line + 1] - 1
        before = self._column if line == 0 else 0
        return self._line + line, before + first - begin, max(min(last, end) - first, 1)


class Places:
    """Finds places in the files that a snapshot was read from.

    ``texts`` maps the name of a file to its bytes as read, so that standard input and pipes can be
    drawn too. One object is cut out of its file once, however many places of it are drawn.
    """

    def __init__(self, texts: Mapping[str, bytes], outlines: Mapping[tuple[str, int], Outline]) -> None:
        self._texts = texts
        self._outlines = outlines
        self._line_starts: dict[str, array[int]] = {}
        self._parts: dict[tuple[str, int, _Path], _Part | None] = {}
        self._json: dict[tuple[str, int, _Path], _JsonText | None] = {}
        self._counted: dict[str, tuple[int, int, int]] = {}
        self._last_line: tuple[str, int, str] = ("", -1, "")
        self._spans: dict[tuple[str, int, str], list[tuple[int, int]]] = {}

    def beside(self, name: str, text: str) -> "Places":
        """Return the same places with one more text, which no file holds."""
        return Places(ChainMap({name: text.encode()}, _readable(self._texts)), self._outlines)

    def joined(self, other: "Places") -> "Places":
        """Return the places of both."""
        texts = ChainMap(_readable(self._texts), _readable(other._texts))
        return Places(texts, ChainMap(_readable(self._outlines), _readable(other._outlines)))

    def find(self, source: Source, *, key: bool = False) -> Position | None:
        """Return the position of a value, or of its ``key``; None when the text has no such place.

        What stands inside the text of a policy document is found at that text, and what stands in the YAML that a
        ConfigMap holds in its block, else at the whole string. An object or a list is found at its key.
        """
        if source.file not in self._texts:
            return None
        if source.line:
            text = self._line(source.file, source.line - 1)
            return Position(source.line, 1, text, len(text)) if text else None
        try:
            return self._find(source, key=key) or self._find_text(source)
        except (RecursionError, ValueError):  # nested as deeply as the fast decoder reads, or no JSON at all
            return None

    def _find_text(self, source: Source) -> Position | None:
        """Return the position of the policy's text that a place stands in."""
        ends = [index for index, part in enumerate(source.path) if part in _POLICY_TEXTS]
        if not ends:
            return None
        return self._find(Source(source.file, source.document, source.path[: ends[-1] + 1]), key=False)

    def _find(self, source: Source, *, key: bool) -> Position | None:
        is_json = self._texts[source.file].lstrip()[:1] in (b"{", b"[")
        lists = _LISTS if is_json else _LISTS[:1]
        listed = len(source.path) > 1 and source.path[0] in lists and isinstance(source.path[1], int)
        prefix, path = (source.path[:2], source.path[2:]) if listed else ((), source.path)
        if is_json:
            return self._find_json(source, prefix, path, key=key)
        return self._find_yaml(source, prefix, path, key=key)

    def _find_json(self, source: Source, prefix: _Path, path: _Path, *, key: bool) -> Position | None:
        wanted = (source.file, source.document, prefix)
        if wanted not in self._json:
            part = self._json_part(*wanted)
            self._json[wanted] = _JsonText(part) if part else None
        text = self._json[wanted]
        if text is None:
            return None
        place = text.find(path, key=key)
        if place is None and path[0] == "data" and len(path) > _EMBEDDED:
            place = text.find(path[:_EMBEDDED], key=False)
        if place is None:
            return None
        line, column, length = place
        return Position(line + 1, column + 1, self._line(source.file, line), length)

    def _find_yaml(self, source: Source, prefix: _Path, path: _Path, *, key: bool) -> Position | None:
        from trustpath.facts import yaml_documents

        part = self._part(source, prefix)
        if part is None:
            return None
        found = yaml_documents.find(part.text, path, key=key)
        if found is None and path[0] == "data" and len(path) > _EMBEDDED:
            found = _find_in_block(part.text, path, key=key)
        if found is None:
            return None
        line, column, length = found
        return Position(part.line + line + 1, column + 1, self._line(source.file, part.line + line), length)

    def _part(self, source: Source, prefix: _Path) -> _Part | None:
        wanted = (source.file, source.document, prefix)
        if wanted not in self._parts:
            self._parts[wanted] = self._yaml_part(*wanted)
        return self._parts[wanted]

    def _json_part(self, file: str, document: int, prefix: _Path) -> _Part | None:
        data = self._texts[file]
        outline = self._outlines.get((file, document))
        if outline is None:
            return None
        begin, end = outline.begin, outline.end
        if prefix:
            key, index = str(prefix[0]), int(prefix[1])
            spans = self._spans.get((file, document, key))
            if spans is None:
                spans = self._spans[file, document, key] = json_documents.item_spans(data[begin:end], key)
            if index >= len(spans):
                return None
            begin, end = begin + spans[index][0], begin + spans[index][1]
        starts = self._starts(file)
        line = bisect_right(starts, begin) - 1
        return _Part(data[begin:end], line, self._column(file, starts[line], begin))

    def _column(self, file: str, start: int, begin: int) -> int:
        """Return how many characters stand between two bytes of a file; on one line it is counted on from the last."""
        known_start, known_begin, count = self._counted.get(file, (-1, 0, 0))
        if known_start != start or known_begin > begin:
            known_begin, count = start, 0
        count += len(self._texts[file][known_begin:begin].decode(errors="replace"))
        self._counted[file] = (start, begin, count)
        return count

    def _yaml_part(self, file: str, document: int, prefix: _Path) -> _Part | None:
        outline = self._outlines.get((file, document))
        if outline is None:
            return None
        starts = self._starts(file)
        after = self._outlines.get((file, document + 1))
        end = after.begin if after else len(starts) - 1
        begin, column = outline.begin, 0
        if prefix:
            index = int(prefix[1])
            if prefix[0] != "items" or index >= len(outline.items):
                return None
            begin, column = outline.items[index]
            end = outline.items[index + 1][0] if index + 1 < len(outline.items) else end
        text = self._texts[file][starts[begin] : starts[end]]
        first, line_break, rest = text.partition(b"\n")
        first = b" " * column + first.decode(errors="replace")[column:].encode()
        return _Part(first + line_break + rest, begin)

    def _starts(self, file: str) -> "array[int]":
        """Return where each line of a file starts, and at last where the file ends."""
        if file not in self._line_starts:
            lines = io.BytesIO(self._texts[file])
            self._line_starts[file] = array("Q", accumulate((len(line) for line in lines), initial=0))
        return self._line_starts[file]

    def line(self, file: str, number: int) -> str:
        """Return the text of a line; ``number`` counts from 1."""
        return self._line(file, number - 1)

    def _line(self, file: str, number: int) -> str:
        starts = self._starts(file)
        if number + 1 >= len(starts):
            return ""
        if self._last_line[:2] != (file, number):
            text = self._texts[file][starts[number] : starts[number + 1]].decode(errors="replace").rstrip("\r\n")
            self._last_line = (file, number, text)
        return self._last_line[2]


def _readable(mapping: Mapping[K, V]) -> MutableMapping[K, V]:
    """Return a mapping for a ChainMap, which writes to none but its first one; nothing is written here."""
    return cast("MutableMapping[K, V]", mapping)


def _find_in_block(text: bytes, path: _Path, *, key: bool) -> tuple[int, int, int] | None:
    """Find a place in the YAML that is a value of a ConfigMap, where the value is a block of lines."""
    from trustpath.facts import yaml_documents

    whole = yaml_documents.find(text, path[:_EMBEDDED], key=True)
    if whole is None:
        return None
    first, indentation, _ = whole
    lines = text.split(b"\n")[first + 1 :]
    block = []
    for line in lines:
        if line.strip() and len(line) - len(line.lstrip(b" ")) <= indentation:
            break
        block.append(line)
    try:
        found = yaml_documents.find(b"\n".join(block), path[_EMBEDDED:], key=key)
    except yaml_documents.YamlError:
        found = None
    if found is None:
        return yaml_documents.find(text, path[:_EMBEDDED], key=key)
    line_number, column, length = found
    return first + 1 + line_number, column, length
