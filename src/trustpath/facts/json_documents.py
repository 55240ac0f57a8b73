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


def item_span(data: bytes, key: str, index: int) -> tuple[int, int] | None:
    """Return the first and last byte (exclusive) of an item of a document's top list, or None.

    A list of thousands of objects is cut up by the fast decoder.
    """
    try:
        listing = _decode_object(data).get(key)
        items = _decode_items(listing) if listing is not None else []
    except msgspec.DecodeError:
        return None
    if listing is None or index >= len(items):
        return None
    offset = data.find(bytes(listing))
    for item in items[:index]:
        offset = data.find(bytes(item), offset) + len(bytes(item))
    wanted = bytes(items[index])
    offset = data.find(wanted, offset)
    return offset, offset + len(wanted)


def find(data: bytes, path: tuple[Key, ...], *, key: bool = False) -> tuple[int, int] | None:
    """Return the first and last byte (exclusive) of the value at ``path`` in one document, or None.

    With ``key``, and for an object or list that has a key, the key is found in its place.
    """
    text = data.decode()
    place = _walk(text, path, key=key)
    if place is None:
        return None
    return len(text[: place[0]].encode()), len(text[: place[1]].encode())


def _walk(text: str, path: tuple[Key, ...], *, key: bool) -> tuple[int, int] | None:
    decoder = _decoder()
    position = _skip_space(text, 0)
    name_at = -1
    for wanted in path:
        found = _child(text, position, str(wanted), decoder)
        if found is None:
            return None
        name_at, position = found
    if name_at >= 0 and (key or text[position] in "{["):
        position = name_at
    _, end = decoder.raw_decode(text, position)
    return position, end


def _child(text: str, position: int, wanted: str, decoder: json.JSONDecoder) -> tuple[int, int] | None:
    """Return where the key (-1 in a list) and the value of a child start; the last of equal keys counts."""
    opening = text[position]
    if opening not in "{[":
        return None
    found = None
    position = _skip_space(text, position + 1)
    index = 0
    while text[position] not in "}]":
        name_at, name = -1, str(index)
        if opening == "{":
            name_at = position
            name, end = scanstring(text, position + 1)
            position = _skip_space(text, _skip_space(text, end) + 1)
        if name == wanted:
            found = (name_at, position)
        _, end = decoder.raw_decode(text, position)
        position = _skip_space(text, end)
        if text[position] == ",":
            position = _skip_space(text, position + 1)
        index += 1
    return found
