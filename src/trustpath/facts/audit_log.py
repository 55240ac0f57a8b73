"""What somebody did, from the audit log of a kube-apiserver: JSON lines, gzip, or what CloudWatch exports."""

import gzip
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec
from msgspec import Struct, field

from trustpath.errors import InputError
from trustpath.model.use import MOST_NAMES, Use

STANDARD_INPUT = "-"


class _User(Struct):
    username: str = ""


class _Reference(Struct, rename="camel"):
    resource: str = ""
    subresource: str = ""
    api_group: str = ""
    namespace: str = ""
    name: str = ""


class _Status(Struct):
    code: int = 0


class _Event(Struct, rename="camel"):
    kind: str = ""
    stage: str = ""
    verb: str = ""
    request_uri: str = field(name="requestURI", default="")
    user: _User = field(default_factory=_User)
    impersonated_user: _User | None = None
    object_ref: _Reference | None = None
    response_status: _Status | None = None
    annotations: dict[str, str] | None = None
    message: str = ""
    exported: str = field(name="@message", default="")
    items: list[msgspec.Raw] | None = None
    events: list[msgspec.Raw] | None = None


class Seen(Struct):
    """What was seen of somebody: what was allowed and what was refused, and how many events there were."""

    allowed: dict[tuple[str, ...], set[str]] = field(default_factory=dict)
    refused: dict[tuple[str, ...], set[str]] = field(default_factory=dict)
    events: int = 0
    of_subject: int = 0
    unreadable: int = 0

    def uses(self, *, refused: bool = False) -> tuple[Use, ...]:
        """Return what was done; an object of many names has none."""
        found = self.refused if refused else self.allowed
        return tuple(
            Use(verb, group, resource, namespace, frozenset() if _MANY in names else frozenset(names), path)
            for (verb, group, resource, namespace, path), names in sorted(found.items())
        )


_MANY = "*"
_decode = msgspec.json.Decoder(_Event).decode


def read_audit_logs(paths: tuple[str, ...], user: str) -> Seen:
    """Return what a user did. Files, folders with all below, and `-`; the memory does not grow with them.

    Raises InputError where a file cannot be read, or none of its lines is an event.
    """
    seen = Seen()
    for path in _files(paths):
        before = seen.events
        try:
            for line in _lines(path):
                _take(line, user, seen)
        except (OSError, EOFError) as error:
            problem = getattr(error, "strerror", None) or str(error) or "cannot be read"
            raise InputError(f"{path}: {problem.lower()}", "check --audit-log") from None
        if seen.events == before:
            raise InputError(f"{path}: holds no audit event", "give the log of the API server, a JSON object a line")
    return seen


def _files(paths: tuple[str, ...]) -> Iterator[str]:
    for text in paths:
        path = Path(text)
        if text != STANDARD_INPUT and not path.exists():
            raise InputError(f"{text}: no such file or directory", "check --audit-log")
        if path.is_dir():
            yield from (str(child) for child in sorted(path.rglob("*")) if child.is_file())
        else:
            yield text


def _lines(path: str) -> Iterator[bytes]:
    if path == STANDARD_INPUT:
        yield from sys.stdin.buffer
        return
    with Path(path).open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        stream: IO[bytes] = gzip.GzipFile(fileobj=raw) if packed else raw  # type: ignore[assignment]  # both read lines
        yield from stream


def _take(line: bytes, user: str, seen: Seen) -> None:
    start = line.find(b"{")
    if start < 0:
        return
    try:
        # CloudWatch and container runtimes put a time before it.
        event = _decode(line[start:])
    except (msgspec.DecodeError, RecursionError):
        seen.unreadable += 1
        return
    inner = event.exported or (event.message if event.message.startswith("{") else "")
    if inner:
        _take(inner.encode(), user, seen)
        return
    for item in event.items or event.events or ():
        _take(bytes(item), user, seen)
    if event.kind == "Event":
        seen.events += 1
        _count(event, user, seen)


def _count(event: _Event, user: str, seen: Seen) -> None:
    if event.stage in ("RequestReceived", "Panic"):
        return
    asked_as = event.impersonated_user.username if event.impersonated_user else event.user.username
    if asked_as != user:
        return
    seen.of_subject += 1
    decision = (event.annotations or {}).get("authorization.k8s.io/decision", "")
    code = event.response_status.code if event.response_status else 0
    into = seen.refused if decision == "forbid" or (not decision and code == 403) else seen.allowed
    reference = event.object_ref
    if reference is None or not reference.resource:
        path = event.request_uri.partition("?")[0]
        into.setdefault((event.verb, "", "", "", path), set())
        return
    resource = f"{reference.resource}/{reference.subresource}" if reference.subresource else reference.resource
    key = (event.verb, reference.api_group, resource, reference.namespace, "")
    names = into.setdefault(key, set())
    if _MANY in names:
        return
    if event.verb not in ("create", "list", "watch"):
        names.add(reference.name or _MANY)
    if len(names) > MOST_NAMES:
        into[key] = {_MANY}
