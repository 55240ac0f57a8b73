"""What a role did in AWS, from CloudTrail: log files, `lookup-events`, events of EventBridge, JSON lines."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from trustpath.errors import InputError


class _Issuer(Struct):
    arn: str = ""


class _Session(Struct, rename="camel"):
    session_issuer: _Issuer | None = None


class _Identity(Struct, rename="camel"):
    arn: str = ""
    session_context: _Session | None = None


class _Resource(Struct):
    arn: str = field(name="ARN", default="")
    type: str = ""


class _Event(Struct, rename="camel"):
    event_source: str = ""
    event_name: str = ""
    error_code: str | None = None
    user_identity: _Identity | None = None
    resources: list[_Resource] | None = None
    request_parameters: dict[str, Any] | None = None


class RecordedCall(Struct, frozen=True):
    """A call: which, by which role (or user), on which ARNs; ``bucket`` and ``key`` are those of S3's parameters."""

    source: str
    name: str
    principal: str
    arns: tuple[str, ...] = ()
    bucket: str = ""
    key: str = ""
    refused: bool = False


def read_cloudtrail(paths: tuple[str, ...]) -> Iterator[RecordedCall]:
    """Yield every call of files and folders. Raises InputError where a file cannot be read, or holds no event."""
    for path in _files(paths):
        found = False
        for call in _calls(path):
            found = True
            yield call
        if not found:
            raise InputError(f"{path}: holds no event of CloudTrail", "give its log files, or cloudtrail lookup-events")


def _files(paths: tuple[str, ...]) -> Iterator[Path]:
    for text in paths:
        path = Path(text)
        if not path.exists():
            raise InputError(f"{text}: no such file or directory", "check --cloudtrail")
        yield from sorted(child for child in path.rglob("*") if child.is_file()) if path.is_dir() else (path,)


def _calls(path: Path) -> Iterator[RecordedCall]:
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    except (OSError, EOFError) as error:
        problem = getattr(error, "strerror", None) or str(error) or "cannot be read"
        raise InputError(f"{path}: {problem.lower()}", "check --cloudtrail") from None
    for piece in (data,) if _decodes(data) else data.splitlines():
        try:
            document = msgspec.json.decode(piece)
        except (msgspec.DecodeError, RecursionError):
            continue
        for item in _events(document):
            call = _call(item)
            if call is not None:
                yield call


def _decodes(data: bytes) -> bool:
    try:
        msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _events(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _events(item)
    elif isinstance(value, dict):
        for key in ("Records", "Events", "events", "detail"):
            if key in value:
                yield from _events(value[key])
        inner = value.get("CloudTrailEvent") or value.get("message") or value.get("@message")
        if isinstance(inner, str):
            try:
                yield from _events(msgspec.json.decode(inner))
            except (msgspec.DecodeError, RecursionError):
                return
        if "eventSource" in value and "eventName" in value:
            yield value


def _call(value: dict[str, Any]) -> RecordedCall | None:
    try:
        event = msgspec.convert(value, _Event)
    except msgspec.ValidationError:
        return None
    identity = event.user_identity or _Identity()
    issuer = identity.session_context.session_issuer if identity.session_context else None
    parameters = event.request_parameters or {}
    bucket, key = parameters.get("bucketName"), parameters.get("key")
    return RecordedCall(
        event.event_source,
        event.event_name,
        (issuer.arn if issuer else "") or identity.arn,
        tuple(item.arn for item in event.resources or () if item.arn),
        bucket if isinstance(bucket, str) else "",
        key if isinstance(key, str) else "",
        event.error_code is not None and ("Denied" in event.error_code or "Unauthorized" in event.error_code),
    )
