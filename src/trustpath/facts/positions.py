"""From a symbolic place to line and column, only when a finding is drawn."""

import io
from array import array
from collections.abc import Callable, Mapping
from itertools import accumulate

from msgspec import Struct

from trustpath.facts import json_documents
from trustpath.model.source import Position, Source

_Path = tuple[str | int, ...]
_LISTS = ("items", "Roles", "RoleDetailList")


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

    Columns are the file's own: what stands before the object on its first line is blanked out.
    """

    text: bytes
    line: int


class Places:
    """Finds places in the files that a snapshot was read from.

    ``texts`` maps the name of a file to its bytes as read, so that standard input and pipes can be
    drawn too. One object is cut out of its file once, however many places of it are drawn.
    """

    def __init__(self, texts: Mapping[str, bytes], outlines: Outlines) -> None:
        self._texts = texts
        self._outlines = outlines
        self._line_starts: dict[str, array[int]] = {}
        self._parts: dict[tuple[str, int, _Path], _Part | None] = {}

    def find(self, source: Source, *, key: bool = False) -> Position | None:
        """Return the position of a value, or of its ``key``; None when the text has no such place.

        A value inside a string (a policy document in URL encoding) has none. An object or a list is found
        at its key.
        """
        if source.file not in self._texts:
            return None
        if source.line:
            text = self._line(source.file, source.line - 1)
            return Position(source.line, 1, text, len(text)) if text else None
        try:
            return self._find(source, key=key)
        except (RecursionError, ValueError):  # nested as deeply as the fast decoder reads, or no JSON at all
            return None

    def _find(self, source: Source, *, key: bool) -> Position | None:
        listed = len(source.path) > 1 and source.path[0] in _LISTS and isinstance(source.path[1], int)
        prefix, path = (source.path[:2], source.path[2:]) if listed else ((), source.path)
        if self._texts[source.file].lstrip()[:1] in (b"{", b"["):
            return self._find_json(source, prefix, path, key=key)
        return self._find_yaml(source, prefix, path, key=key)

    def _find_json(self, source: Source, prefix: _Path, path: _Path, *, key: bool) -> Position | None:
        part = self._part(source, prefix, self._json_part)
        span = json_documents.find(part.text, path, key=key) if part else None
        if part is None or span is None:
            return None
        first, last = span
        line = part.line + part.text.count(b"\n", 0, first)
        begin = part.text.rfind(b"\n", 0, first) + 1
        column = len(part.text[begin:first].decode(errors="replace"))
        length = len(part.text[first:last].decode(errors="replace").split("\n")[0])
        return Position(line + 1, column + 1, self._line(source.file, line), max(length, 1))

    def _find_yaml(self, source: Source, prefix: _Path, path: _Path, *, key: bool) -> Position | None:
        from trustpath.facts import yaml_documents

        part = self._part(source, prefix, self._yaml_part)
        found = yaml_documents.find(part.text, path, key=key) if part else None
        if part is None or found is None:
            return None
        line, column, length = found
        return Position(part.line + line + 1, column + 1, self._line(source.file, part.line + line), length)

    def _part(self, source: Source, prefix: _Path, cut: Callable[[str, int, _Path], _Part | None]) -> _Part | None:
        wanted = (source.file, source.document, prefix)
        if wanted not in self._parts:
            self._parts[wanted] = cut(*wanted)
        return self._parts[wanted]

    def _json_part(self, file: str, document: int, prefix: _Path) -> _Part | None:
        data = self._texts[file]
        outline = self._outlines.get((file, document))
        if outline is None:
            return None
        begin, end = outline.begin, outline.end
        if prefix:
            item = json_documents.item_span(data[begin:end], str(prefix[0]), int(prefix[1]))
            if item is None:
                return None
            begin, end = begin + item[0], begin + item[1]
        line_begin = data.rfind(b"\n", 0, begin) + 1
        before = b" " * len(data[line_begin:begin].decode(errors="replace"))
        return _Part(before + data[begin:end], data.count(b"\n", 0, begin))

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
        return self._texts[file][starts[number] : starts[number + 1]].decode(errors="replace").rstrip("\r\n")
