"""JSON texts: one document, or several one after another as ``aws … >> file`` leaves them."""

import json
import re
from collections.abc import Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]  # public in CPython, not in typeshed

import msgspec

from trustpath.model.source import Key

_BYTE = re.compile(r"\(byte (\d+)\)")
_SPACE = re.compile(r"[ \t\n\r]*")
_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_items = msgspec.json.Decoder(list[msgspec.Raw]).decode


class JsonError(Exception):
    """The text is not JSON; ``offset`` is the byte where reading stopped."""

    def __init__(self, problem: str, offset: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.offset = offset


def load_documents(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the first and last byte (exclusive) of each document.

    Raises JsonError where the text stops being JSON; what was yielded before stays good.
    """
    try:
        # The fast decoder does not look into texts that it skips.
        text = data.decode()
    except UnicodeDecodeError as error:
        raise JsonError("not UTF-8 text", error.start) from None
    try:
        msgspec.json.decode(data, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError) as error:
        first_error = _explain(error, data)
    else:
        yield 0, len(data)
        return
    # Several documents, or a broken one: the standard decoder can say where each one ends.
    decoder = _decoder()
    position = _skip_space(text, 0)
    begin = len(text[:position].encode())
    while position < len(text):
        try:
            _, end = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            if not text[:position].strip():
                raise first_error from None
            raise JsonError(error.msg, len(text[: error.pos].encode())) from None
        except RecursionError:
            raise JsonError("nested too deeply", begin) from None
        last = begin + len(text[position:end].encode())
        yield begin, last
        position = _skip_space(text, end)
        begin = last + len(text[end:position])


def _decoder() -> json.JSONDecoder:
    """Return a decoder that only finds where values end: a number of 5,000 digits is no number for Python."""
    return json.JSONDecoder(parse_int=str, parse_float=str)


def _skip_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _explain(error: Exception, data: bytes) -> JsonError:
    if isinstance(error, RecursionError):
        return JsonError("nested too deeply", 0)
    message = str(error)
    if "truncated" in message:
        return JsonError("the text ends in the middle: the file is cut off", len(data))
    match = _BYTE.search(message)
    problem = _BYTE.sub("", message).removeprefix("JSON is malformed: ").strip()
    return JsonError(problem, int(match.group(1)) if match else 0)


def item_spans(data: bytes, key: str) -> list[tuple[int, int]]:
    """Return the first and last byte (exclusive) of each item of a document's top list, none without such a list.

    A list of thousands of objects is cut up by the fast decoder.
    """
    try:
        listing = _decode_object(data).get(key)
        items = _decode_items(listing) if listing is not None else []
    except msgspec.DecodeError:
        return []
    spans = []
    offset = data.find(bytes(listing)) if listing is not None else 0
    for item in items:
        text = bytes(item)
        begin = data.find(text, offset)
        offset = begin + len(text)
        spans.append((begin, offset))
    return spans


class Values:
    """Finds values in a document by the keys that lead to them. Each object and list is scanned once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._decoder = _decoder()
        self._children: dict[int, dict[str, tuple[int, int]]] = {}

    def find(self, path: tuple[Key, ...], *, key: bool = False) -> tuple[int, int] | None:
        """Return the first and last character (exclusive) of the value at ``path``, or None.

        With ``key``, and for an object or list that has a key, the key is found in its place. Raises ValueError
        and RecursionError where the text is no JSON.
        """
        position = _skip_space(self._text, 0)
        name_at = -1
        for wanted in path:
            found = self._children_of(position).get(str(wanted))
            if found is None:
                return None
            name_at, position = found
        if name_at >= 0 and (key or self._text[position] in "{["):
            position = name_at
        _, end = self._decoder.raw_decode(self._text, position)
        return position, end

    def _children_of(self, position: int) -> dict[str, tuple[int, int]]:
        """Return where each key (-1 in a list) and its value start; the last of equal keys counts."""
        known = self._children.get(position)
        if known is None:
            known = self._children[position] = dict(self._scan(position))
        return known

    def _scan(self, position: int) -> Iterator[tuple[str, tuple[int, int]]]:
        text = self._text
        opening = text[position]
        if opening not in "{[":
            return
        position = _skip_space(text, position + 1)
        index = 0
        while text[position] not in "}]":
            name_at, name = -1, str(index)
            if opening == "{":
                name_at = position
                name, end = scanstring(text, position + 1)
                position = _skip_space(text, _skip_space(text, end) + 1)
            yield name, (name_at, position)
            _, end = self._decoder.raw_decode(text, position)
            position = _skip_space(text, end)
            if text[position] == ",":
                position = _skip_space(text, position + 1)
            index += 1
