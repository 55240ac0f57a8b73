"""Policy documents in files: a document itself, or what the AWS CLI prints around it."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Raw, Struct

from trustpath.errors import InputError
from trustpath.facts.positions import Outline, Places
from trustpath.model.policy import TRUST_ACTIONS, JsonObject, PolicyKind, listed, located_statements, read_document
from trustpath.model.source import Key, Source

_LARGEST = 64 * 1024 * 1024
_HOLDERS: dict[bytes, PolicyKind | None] = {
    b"AssumeRolePolicyDocument": "trust",
    b"PolicyDocument": "identity",
    b"Document": "identity",
    b"Policy": "resource",
    b"ResourcePolicy": "resource",
    b"policyText": "resource",
    b"Content": None,
}
_CONTROL: dict[object, PolicyKind] = {"SERVICE_CONTROL_POLICY": "scp", "RESOURCE_CONTROL_POLICY": "rcp"}
_OWN_KEY = re.compile(r"version|s?id|effect|(statement|(not)?(action|resource|principal)|condition)s?", re.IGNORECASE)


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
    if not data.strip() or (fields and not held and not any(map(_OWN_KEY.fullmatch, fields))):
        raise InputError(f"{name} holds no policy document", "nothing in it has a Statement")
    if not held:
        text = data.decode()
        yield PolicyText(text, Source(name), kind or guess_kind(text), text.lstrip().startswith('"'))
    for path, raw, holder in held:
        text = bytes(raw).decode()
        yield PolicyText(text, Source(name).at(*path), kind or holder or guess_kind(text), text.startswith('"'))


def _held(raw: Raw, path: tuple[Key, ...]) -> Iterator[tuple[tuple[Key, ...], Raw, PolicyKind | None]]:
    """Yield the documents in an answer of AWS, by the names under which AWS holds them."""
    opening = bytes(raw).lstrip()[:1]
    try:
        if opening == b"{":
            fields = msgspec.json.decode(raw, type=dict[str, Raw])
            for key, value in fields.items():
                statements = _statements(value) if key.encode() in _HOLDERS else []
                if statements:
                    yield (*path, key), value, _kind_of(_HOLDERS[key.encode()], fields, statements)
                else:
                    yield from _held(value, (*path, key))
        elif opening == b"[":
            for index, value in enumerate(msgspec.json.decode(raw, type=list[Raw])):
                yield from _held(value, (*path, index))
    except (ValueError, RecursionError):
        return


def _statements(raw: Raw) -> list[JsonObject]:
    """Return the statements of a value that is a policy document, in JSON or in a text; none for other values."""
    if b"Statement" not in bytes(raw):
        return []
    try:
        tree = read_document(bytes(raw).decode())
    except (ValueError, RecursionError):
        return []
    return [statement for statement, _ in located_statements(tree)] if isinstance(tree, JsonObject) else []


def _kind_of(holder: PolicyKind | None, fields: dict[str, Raw], statements: list[JsonObject]) -> PolicyKind | None:
    """Return what kind of policy an answer of AWS holds: the same name may stand for several."""
    summary = fields.get("PolicySummary")
    if summary is not None:
        described = msgspec.json.decode(summary)
        return _CONTROL.get(described.get("Type")) if isinstance(described, dict) else None
    if holder == "identity" and any("Principal" in statement for statement in statements):
        return _guess(statements)
    return holder


def guess_kind(text: str) -> PolicyKind:
    """Return what kind of policy a document looks like: by whom it names and what it is about."""
    return _guess(_statements(Raw(text.encode(errors="surrogatepass"))))


def _guess(statements: list[JsonObject]) -> PolicyKind:
    if not any("Principal" in statement or "NotPrincipal" in statement for statement in statements):
        return "identity"
    actions = [text for statement in statements for text, _ in listed(statement, "Action")]
    if actions and all(action.lower() in TRUST_ACTIONS for action in actions):
        return "trust"
    resources = any("Resource" in statement or "NotResource" in statement for statement in statements)
    return "resource" if resources else "trust"
