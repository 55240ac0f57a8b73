"""Facts from files: what kubectl and the AWS CLI print, recognised by content."""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from stat import S_ISREG

import msgspec

from trustpath.errors import InputError
from trustpath.facts import aws, json_documents, kubernetes, logs, yaml_documents
from trustpath.facts.positions import Places
from trustpath.model.snapshot import Answers, LeftOut, Located, Snapshot
from trustpath.model.source import Source
from trustpath.model.token import JWT, decode_claims

STANDARD_INPUT = "-"
MAX_YAML = 64 * 1024 * 1024
MAX_FILE = 1024 * 1024 * 1024

_SUBJECT = re.compile(
    r"(?:iam|eks|sts|s3api|kms|sns|sqs|secretsmanager|organizations|ec2)-[a-z0-9-]+\.(?P<subject>.+)\.(?:json|ya?ml)"
)
_YAML_LINE = re.compile(
    rb"^(?:- )?(?:apiVersion|kind|metadata|items|" + b"|".join(key.encode() for key in sorted(aws.KEYS)) + rb"):",
    re.MULTILINE,
)
_LOG_START = re.compile(rb"\s*(?:\[\s*\d|\[[A-Za-z]+\]|\{\S+\} )")
_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_array = msgspec.json.Decoder(list[msgspec.Raw]).decode


def read_dumps(paths: Iterable[str]) -> tuple[Snapshot, Places]:
    """Read files, directories (with everything below) and ``-`` into one snapshot.

    What cannot be read is left out and listed in ``Snapshot.left_out``. Raises InputError when a path
    does not exist, or when nothing at all could be read as a fact.
    """
    paths = tuple(paths)
    answers = Answers()
    texts: dict[str, bytes] = {}
    for name, data in _files(paths, answers):
        if name in texts:
            continue
        answers.files += 1
        text = _plain_text(name, data, answers)
        if text is not None:
            texts[name] = text
            _read_text(name, text, answers)
    if answers.empty:
        raise _nothing(paths, answers)
    return Snapshot(answers), Places(texts)


def _nothing(paths: tuple[str, ...], answers: Answers) -> InputError:
    collect = "give what `kubectl get … -o yaml` and the AWS CLI print; `trustpath why --help` names the commands"
    if answers.left_out:
        first = answers.left_out[0]
        more = len(answers.left_out) - 1
        others = f" (and {more} more file{'s' if more > 1 else ''} that could not be read)" if more else ""
        return InputError(f"{first.place}: {first.problem}{others}", first.hint or collect)
    shown = ", ".join(paths)
    if not answers.files:
        return InputError(f"{shown}: there is no file to read", collect)
    return InputError(f"{shown}: holds no facts that Trustpath knows", collect)


def _files(paths: Iterable[str], answers: Answers) -> Iterator[tuple[str, bytes]]:
    for text in paths:
        if text == STANDARD_INPUT:
            yield STANDARD_INPUT, sys.stdin.buffer.read()
            continue
        path = Path(text)
        if path.is_dir():
            for child in sorted(path.rglob("*")):
                hidden = any(part.startswith(".") for part in child.relative_to(path).parts)
                if not hidden and _is_file(child):
                    yield from _file(child, answers)
        elif path.exists():
            yield from _file(path, answers)
        else:
            raise InputError(f"{text}: no such file or directory", "check the path given to --from")


def _is_file(path: Path) -> bool:
    try:
        return S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _file(path: Path, answers: Answers) -> Iterator[tuple[str, bytes]]:
    try:
        if path.stat().st_size > MAX_FILE:
            size = f"larger than {MAX_FILE // 1024**2} MB"
            answers.left_out.append(LeftOut(str(path), 0, 0, size, "give the kinds and names that matter"))
            return
        yield str(path), path.read_bytes()
    except OSError as error:
        reason = error.strerror or "cannot be read"
        answers.left_out.append(LeftOut(str(path), 0, 0, reason.lower(), "check its permissions"))


def _plain_text(name: str, data: bytes, answers: Answers) -> bytes | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        # PowerShell's `>` writes UTF-16.
        try:
            return data.decode("utf-16").encode()
        except UnicodeError:
            answers.left_out.append(LeftOut(name, 0, 0, "neither UTF-8 nor UTF-16 text"))
            return None
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\0" in data[:8192]:
        hint = "unpack it first" if data[:2] in (b"\x1f\x8b", b"PK") else ""
        answers.left_out.append(LeftOut(name, 0, 0, "binary, not text", hint))
        return None
    return data


def _read_text(name: str, data: bytes, answers: Answers) -> None:
    start = data.lstrip()[:1]
    if not start:
        answers.left_out.append(LeftOut(name, 0, 0, "the file is empty", "run the command again"))
    elif start in (b"{", b"["):
        _read_json(name, data, answers)
    elif JWT.fullmatch(data[:20000].decode(errors="replace").strip()):
        claims = decode_claims(data.decode(errors="replace"))
        if claims is not None:
            answers.tokens.append(Located(claims, Source(name)))
    elif _YAML_LINE.search(data, 0, 65536):
        _read_yaml(name, data, answers)
    else:
        logs.read(data, Source(name), _log_subject(name), answers)


def _log_subject(name: str) -> str:
    return Path(name).name


def _answer_subject(name: str) -> str:
    match = _SUBJECT.fullmatch(Path(name).name)
    return match["subject"] if match else ""


def _read_json(name: str, data: bytes, answers: Answers) -> None:
    recognised = 0
    number = 0
    try:
        for document in json_documents.load_documents(data):
            recognised += _read_document(name, data, document, Source(name, number), answers)
            number += 1
    except json_documents.JsonError as error:
        # Lines such as "[2026/01/01 10:00:00] [error] …" open like a JSON list.
        if number == 0 and _LOG_START.match(data):
            logs.read(data, Source(name), _log_subject(name), answers)
            return
        if recognised or not logs.read(data, Source(name), _log_subject(name), answers) or number == 0:
            line = data.count(b"\n", 0, error.offset) + 1
            column = error.offset - data.rfind(b"\n", 0, error.offset)
            hint = "run the command that made it again"
            answers.left_out.append(LeftOut(name, line, column, f"not JSON: {error.problem}", hint))
        return
    if not recognised:
        # JSON lines of an application's log are JSON, too.
        logs.read(data, Source(name), _log_subject(name), answers)


def _read_yaml(name: str, data: bytes, answers: Answers) -> None:
    if len(data) > MAX_YAML:
        problem = f"YAML larger than {MAX_YAML // 1024**2} MB"
        answers.left_out.append(LeftOut(name, 0, 0, problem, "use `-o json`: it reads many times faster"))
        return
    number = 0
    try:
        for value in yaml_documents.load_documents(data):
            if value is not None:
                _read_document(name, data, msgspec.json.encode(value), Source(name, number), answers)
            number += 1
    except yaml_documents.YamlError as error:
        hint = "the documents before this place are used" if number else "run the command that made it again"
        problem = f"not YAML: {error.problem}"
        answers.left_out.append(LeftOut(name, error.line, error.column, problem, hint))
    except (msgspec.MsgspecError, RecursionError, OverflowError, UnicodeError):
        answers.left_out.append(LeftOut(name, 0, 0, "holds a value that is no JSON value"))


def _read_document(name: str, text: bytes, data: bytes | msgspec.Raw, source: Source, answers: Answers) -> bool:
    try:
        document = _decode_object(data)
    except (msgspec.DecodeError, RecursionError):
        return _read_array(name, text, data, source, answers)
    try:
        if kubernetes.read(document, data, source, answers):
            return True
        return aws.read(document, source, _answer_subject(name), answers)
    except (kubernetes.ObjectError, aws.AnswerError) as error:
        _leave_out(name, text, error, answers)
        return True


def _read_array(name: str, text: bytes, data: bytes | msgspec.Raw, source: Source, answers: Answers) -> bool:
    # `jq -s`, or several answers put in one list.
    try:
        items = _decode_array(data)
    except (msgspec.DecodeError, RecursionError):
        return False
    recognised = False
    for index, item in enumerate(items):
        if bytes(item[:1]) == b"{":
            recognised |= _read_document(name, text, item, source.at(index), answers)
    return recognised


def _leave_out(name: str, data: bytes, error: kubernetes.ObjectError | aws.AnswerError, answers: Answers) -> None:
    place = Places({name: data}).find(error.source)
    hint = "neither kubectl nor the AWS CLI prints this: check how the file was made"
    line, column = (place.line, place.column) if place else (0, 0)
    answers.left_out.append(LeftOut(name, line, column, error.problem, hint))
