"""Policy documents in files: a document itself, or what the AWS CLI prints around it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Raw, Struct

from trustpath.errors import InputError
from trustpath.facts.positions import Outline, Places
from trustpath.model.policy import JsonObject, PolicyKind, read_document
from trustpath.model.source import Key, Source

_LARGEST = 64 * 1024 * 1024
_HOLDERS: dict[bytes, PolicyKind | None] = {
    b"AssumeRolePolicyDocument": "trust",
    b"PolicyDocument": "identity",
    b"Document": "identity",
    b"Policy": "resource",
    b"ResourcePolicy": "resource",
    b"Content": None,
}


class PolicyText(Struct, frozen=True):
    """A document's JSON text, where it stands, and what kind of policy it is as far as the file tells.

    ``quoted``: it stands as a text in a text, so that its parts have no line of their own.
    """

    text: str
    source: Source
    kind: PolicyKind
    quoted: bool = False


def read_policies(names: tuple[str, ...], kind: PolicyKind | None) -> tuple[list[PolicyText], Places]:
    """Return the documents of files (``-`` is standard input) and the places in them.

    A file that is no JSON counts as one document. Raises InputError for a file that cannot be read.
    """
    texts: dict[str, bytes] = {}
    found: list[PolicyText] = []
    for name in names:
        shown = "standard input" if name == "-" else name
        texts[shown] = _read(name)
        found.extend(_documents(texts[shown], shown, kind))
    return found, Places(texts, {(name, 0): Outline(0, len(data), []) for name, data in texts.items()})


def _read(name: str) -> bytes:
    try:
        data = sys.stdin.buffer.read(_LARGEST + 1) if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}", "give files that hold policy documents") from None
    if len(data) > _LARGEST:
        raise InputError(f"{name} is larger than 64 MiB", "policies have at most a few thousand characters")
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is no text in UTF-8: byte {error.start}", "save it as UTF-8") from None
    return data


def _documents(data: bytes, name: str, kind: PolicyKind | None) -> Iterator[PolicyText]:
    try:
        fields = msgspec.json.decode(data, type=dict[str, Raw])
    except (ValueError, RecursionError):
        fields = {}
    held = list(_held(Raw(data), ())) if "Statement" not in fields else []
    if not held:
        text = data.decode()
        yield PolicyText(text, Source(name), kind or guess_kind(text))
    for path, raw, holder in held:
        text = bytes(raw).decode()
        yield PolicyText(text, Source(name).at(*path), kind or holder or guess_kind(text), text.startswith('"'))


def _held(raw: Raw, path: tuple[Key, ...]) -> Iterator[tuple[tuple[Key, ...], Raw, PolicyKind | None]]:
    """Yield the documents in an answer of AWS, by the names under which AWS holds them."""
    opening = bytes(raw).lstrip()[:1]
    try:
        if opening == b"{":
            for key, value in msgspec.json.decode(raw, type=dict[str, Raw]).items():
                text = bytes(value).lstrip()
                if key.encode() in _HOLDERS and b"Statement" in text and text[:1] in (b"{", b'"'):
                    yield (*path, key), value, _HOLDERS[key.encode()]
                else:
                    yield from _held(value, (*path, key))
        elif opening == b"[":
            for index, value in enumerate(msgspec.json.decode(raw, type=list[Raw])):
                yield from _held(value, (*path, index))
    except (ValueError, RecursionError):
        return


def guess_kind(text: str) -> PolicyKind:
    """Return what kind of policy a document looks like: by whom it names and whether it names resources."""
    try:
        tree = read_document(text)
    except (ValueError, RecursionError):
        return "identity"
    statements = tree.get("Statement") if isinstance(tree, JsonObject) else None
    first = statements[0] if isinstance(statements, list) and statements else statements
    if not isinstance(first, JsonObject) or not ("Principal" in first or "NotPrincipal" in first):
        return "identity"
    return "resource" if "Resource" in first or "NotResource" in first else "trust"
