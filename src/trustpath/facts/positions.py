"""From a symbolic place to line and column, only when a finding is drawn."""

from collections.abc import Mapping

from trustpath.facts import json_documents, yaml_documents
from trustpath.model.source import Position, Source


class Places:
    """Finds places in the files that a snapshot was read from.

    ``texts`` maps the name of a file to its bytes as read, so that standard input and pipes can be
    drawn too.
    """

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        self._texts = texts

    def find(self, source: Source, *, key: bool = False) -> Position | None:
        """Return the position of a value, or of its ``key``; None when the text has no such place.

        A value inside a string (a policy document in URL encoding) has none. An object or a list is found
        at its key.
        """
        data = self._texts.get(source.file)
        if data is None:
            return None
        if data.lstrip()[:1] in (b"{", b"["):
            span = json_documents.find(data, source.document, source.path, key=key)
            if span is None:
                return None
            first, last = span
            begin = data.rfind(b"\n", 0, first) + 1
            end = data.find(b"\n", first)
            line = data[begin : len(data) if end < 0 else end].decode(errors="replace")
            column = len(data[begin:first].decode(errors="replace"))
            length = len(data[first:last].decode(errors="replace").split("\n")[0])
            return Position(data.count(b"\n", 0, first) + 1, column + 1, line.rstrip("\r"), max(length, 1))
        found = yaml_documents.find(data, source.document, source.path, key=key)
        if found is None:
            return None
        number, column, length = found
        lines = data.split(b"\n")
        text = lines[number].decode(errors="replace") if number < len(lines) else ""
        return Position(number + 1, column + 1, text.rstrip("\r"), length)

    def line(self, file: str, number: int) -> str:
        """Return one line of a file, counted from 1, empty when there is none."""
        lines = self._texts.get(file, b"").split(b"\n")
        return lines[number - 1].decode(errors="replace").rstrip("\r") if 0 < number <= len(lines) else ""
