"""A saved snapshot: everything that was read from a cluster and an account, in one compressed file.

The file is gzip over lines of JSON: first what it is, then one record a line, sorted, so that equal facts make equal
files but for the time in the first line. It holds the objects with only the fields that a question reads, the
answers of AWS as they came, and how every read went, also those that were refused.
"""

import gzip
import io
import os
import re
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw, Struct

from trustpath.errors import InputError
from trustpath.facts.collected import Collected, InvalidObjectError, command_of, encode_object
from trustpath.facts.logs import redact
from trustpath.model.answers import LeftOut, Located
from trustpath.model.arn import Arn
from trustpath.model.client import AwsProfile, Kubeconfig
from trustpath.model.reads import AwsRead, CertificatesRead, Document, IssuerRead, Read, ReadResult
from trustpath.model.saved import Header, Summary
from trustpath.model.source import Source

VERSION = 1
MAGIC = b"\x1f\x8b"
_START = b'{"trustpath":"snapshot"'
_MAX_LINE = 256 * 1024 * 1024
_OPTIONS = ("--cluster-name", "--cluster-id", "-i", "--role-arn", "--role", "-r", "--region", "--profile")
_HINT = "save it again: trustpath snapshot save FILE"


class _Object(Struct, frozen=True, tag_field="record", tag="object"):
    kind: str
    object: Raw


class _Answer(Struct, frozen=True, tag_field="record", tag="answer"):
    read: Document
    answer: Raw


class _Result(Struct, frozen=True, tag_field="record", tag="read"):
    read: Read
    result: ReadResult


class _LeftOut(Struct, frozen=True, tag_field="record", tag="left-out"):
    left_out: LeftOut


class _Kubeconfig(Struct, frozen=True, tag_field="record", tag="kubeconfig"):
    file: str
    kubeconfig: Kubeconfig


class _Profile(Struct, frozen=True, tag_field="record", tag="profile"):
    file: str
    profile: AwsProfile


_Record = _Object | _Answer | _Result | _LeftOut | _Kubeconfig | _Profile
_WORDS = {IssuerRead: "openid-configuration", CertificatesRead: "certificates of the issuer"}
_decode_header = msgspec.json.Decoder(Header).decode
_decode_record = msgspec.json.Decoder(_Record).decode


def write(path: Path, header: Header, collected: Collected) -> None:
    """Write a snapshot. The file is there whole or not at all. Raises InputError where it cannot be written."""
    save(path, [msgspec.json.encode(header), *lines(collected)])


def save(path: Path, content: list[bytes]) -> None:
    """Write lines as a snapshot, in one step. Raises InputError where that cannot be done."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
                for line in content:
                    packed.write(line + b"\n")
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        reason = (error.strerror or "cannot be written").lower()
        raise InputError(f"{path}: {reason}", "give another place") from None


def lines(collected: Collected) -> list[bytes]:
    """Return the records of a snapshot, sorted."""
    answers = collected.answers
    failed = {command_of(read) for read, result in answers.reads.items() if result.status == "failed"}
    records: list[_Record] = [
        *(_Object(kind, Raw(encode_object(kind, value))) for kind, value in collected.objects.values()),
        *(_Answer(read, Raw(_compact(text))) for read, text in collected.documents.values()),
        *(_Result(read, result) for read, result in answers.reads.items()),
        *(_LeftOut(item) for item in answers.left_out if item.file not in failed),
        *(_Kubeconfig(item.source.file, _without_secrets(item.value)) for item in answers.kubeconfigs),
        *(_Profile(item.source.file, item.value) for item in answers.aws_profiles),
    ]
    return sorted(_clean(msgspec.json.encode(record)) for record in records)


def _clean(record: bytes) -> bytes:
    """Black out what is a secret by its form, wherever somebody put it: text by text, so that the record stays JSON."""
    text = record.decode()
    if redact(text) == text:
        return record
    return msgspec.json.encode(_cleaned(msgspec.json.decode(record)))


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {redact(key): _cleaned(child) for key, child in value.items()}
    return [_cleaned(child) for child in value] if isinstance(value, list) else value


def without_user(server: str) -> str:
    """Return a server's address without a user and a password in it."""
    return re.sub(r"//[^/@]*@", "//", server)


def _without_secrets(kubeconfig: Kubeconfig) -> Kubeconfig:
    """Return a context with the options of its credential plugin that are read, and no user in the server's address."""
    server = without_user(kubeconfig.server)
    plugin = kubeconfig.plugin
    if plugin is not None:
        arguments: list[str] = []
        known = ""
        for word in plugin.arguments:
            name, equals, _ = word.partition("=")
            kept = known or not word.startswith("-") or (name in _OPTIONS and equals) or not equals
            # A word behind an option that is not read may be its secret.
            secret = not known and not word.startswith("-") and arguments and arguments[-1].startswith("-")
            arguments.append("<hidden>" if secret else word if kept else f"{name}=<hidden>")
            known = name if name in _OPTIONS and not equals else ""
        plugin = msgspec.structs.replace(plugin, arguments=tuple(arguments))
    return msgspec.structs.replace(kubeconfig, server=server, plugin=plugin)


def _compact(text: bytes) -> bytes:
    return msgspec.json.format(text, indent=-1)


def is_snapshot(data: bytes) -> bool:
    """Return whether a file is a snapshot, by its first bytes; another compressed file is none."""
    if data[:2] != MAGIC:
        return False
    try:
        return zlib.decompressobj(wbits=31).decompress(data[:4096], len(_START)) == _START
    except zlib.error:
        return False


def read(name: str, data: bytes, collected: Collected) -> Header:
    """Add what a snapshot holds. Raises InputError where it is none, is damaged, or of a newer form."""
    file = _lines(name, data)
    try:
        header = _decode_header(next(file, b""))
    except (msgspec.DecodeError, RecursionError):
        raise InputError(f"{name}: the first line of the snapshot is damaged", _HINT) from None
    if header.version > VERSION:
        raise InputError(
            f"{name}: a snapshot of form {header.version}, written by trustpath {header.tool}",
            f"this version reads form {VERSION}: update it",
        )
    caller = Arn.parse(header.caller)
    collected.answers.own_account = caller.account if caller else ""
    for number, line in enumerate(file, 2):
        try:
            _add(_decode_record(line), collected)
        except (msgspec.DecodeError, InvalidObjectError, RecursionError, UnicodeDecodeError, KeyError) as error:
            raise InputError(f"{name}: line {number} of the snapshot is damaged: {error}", _HINT) from None
    return header


def _add(record: _Record, collected: Collected) -> None:
    answers = collected.answers
    match record:
        case _Object(kind, value):
            collected.add_object(kind, value)
        case _Answer(read, answer):
            collected.add_answer(read, bytes(answer))
        case _Result(read, result):
            collected.add_result(read, result)
        case _LeftOut(left_out):
            answers.left_out.append(left_out)
        case _Kubeconfig(file, kubeconfig):
            answers.kubeconfigs.append(Located(kubeconfig, Source(file)))
        case _Profile(file, profile):
            answers.aws_profiles.append(Located(profile, Source.of_line(file, profile.line)))


def _lines(name: str, data: bytes) -> Iterator[bytes]:
    """Yield the lines of a compressed file one by one, so that the whole is never in memory."""
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        while True:
            try:
                line = file.readline(_MAX_LINE)
            except (OSError, EOFError, zlib.error):
                raise InputError(f"{name}: the snapshot is damaged or cut off", _HINT) from None
            if not line:
                return
            yield line


def describe(header: Header, collected: Collected) -> Summary:
    """Return what a snapshot holds: objects by kind, answers by action, and what was not read, and why."""
    actions = (
        read.action if isinstance(read, AwsRead) else _WORDS[type(read)] for read, _ in collected.documents.values()
    )
    reads = collected.answers.reads.items()
    return Summary(
        header,
        dict(sorted(Counter(kind for kind, _ in collected.objects.values()).items())),
        dict(sorted(Counter(actions).items())),
        {command_of(read): result.said for read, result in reads if result.status in ("denied", "failed")},
    )
