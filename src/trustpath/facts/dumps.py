"""Facts from files: what kubectl and the AWS CLI print, recognised by content."""

import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from stat import S_ISREG

import msgspec

from trustpath.errors import InputError
from trustpath.facts import aws, json_documents, kubernetes, logs, snapshot_file, terraform
from trustpath.facts.clients import PROFILES, read_profiles
from trustpath.facts.collected import Collected
from trustpath.facts.garbage import collector_paused
from trustpath.facts.positions import Outline, Outlines, Places
from trustpath.model.answers import Answers, LeftOut, Located
from trustpath.model.snapshot import Snapshot
from trustpath.model.source import Source
from trustpath.model.token import JWT, decode_claims

STANDARD_INPUT = "-"
STANDARD_INPUT_NAME = "<stdin>"
MAX_YAML = 64 * 1024 * 1024
MAX_FILE = 1024 * 1024 * 1024

_SUBJECT = re.compile(
    r"(?:iam|eks|sts|s3api|kms|sns|sqs|secretsmanager|organizations|ec2|ecr|es|opensearch|lambda)-[a-z0-9-]+\.(?P<subject>.+)\.(?:json|ya?ml)"
)
_YAML_LINE = re.compile(
    rb"^(?:- )?(?:apiVersion|kind|metadata|items|"
    + b"|".join(key.encode() for key in sorted(aws.KEYS - {"Error"}))
    # The AWS CLI's answer; `Error: Unauthorized` is a line of a log.
    + rb"|Error(?=:\s*$)):",
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
    with collector_paused():
        return _read_dumps(tuple(paths))


def _read_dumps(paths: tuple[str, ...]) -> tuple[Snapshot, Places]:
    answers = Answers()
    texts: dict[str, bytes] = {}
    outlines: Outlines = {}
    saved = Collected(answers)
    for name, data in _files(paths, answers):
        if name in texts:
            continue
        answers.files += 1
        if snapshot_file.is_snapshot(data):
            snapshot_file.read(name, data, saved)
            texts[name] = b""
            continue
        text = _plain_text(name, data, answers)
        if text is not None:
            file = _File(name, text, answers, outlines)
            file.read()
            texts[name] = file.data
    if answers.empty:
        raise _nothing(paths, answers)
    places = Places(texts, outlines)
    return Snapshot(answers), places.joined(saved.places()) if saved.answers.reads else places


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
            yield STANDARD_INPUT_NAME, sys.stdin.buffer.read()
            continue
        path = Path(text)
        if path.is_dir():
            yield from _directory(path, answers)
        elif path.exists():
            yield from _file(path, answers)
        else:
            raise InputError(f"{text}: no such file or directory", "check the path given to --from")


def _directory(path: Path, answers: Answers) -> Iterator[tuple[str, bytes]]:
    """Read every file below a directory, in order; hidden files and folders are not facts."""

    def leave_out(error: OSError) -> None:
        reason = (error.strerror or "cannot be read").lower()
        answers.left_out.append(LeftOut(_shown(Path(error.filename)), 0, 0, reason, "check its permissions"))

    for folder, folders, names in os.walk(path, onerror=leave_out):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            child = Path(folder) / name
            if not name.startswith(".") and _is_file(child):
                yield from _file(child, answers)


def _shown(path: Path) -> str:
    """Return a path as text that every format can write, also when its name is no UTF-8."""
    return os.fsencode(path).decode(errors="backslashreplace")


def _is_file(path: Path) -> bool:
    try:
        return S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _file(path: Path, answers: Answers) -> Iterator[tuple[str, bytes]]:
    try:
        if path.stat().st_size > MAX_FILE:
            size = f"larger than {MAX_FILE // 1024**2} MB"
            answers.left_out.append(LeftOut(_shown(path), 0, 0, size, "give the kinds and names that matter"))
            return
        yield _shown(path), path.read_bytes()
    except OSError as error:
        reason = error.strerror or "cannot be read"
        answers.left_out.append(LeftOut(_shown(path), 0, 0, reason.lower(), "check its permissions"))


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


# What people save by mistake in place of facts: the first line, what it is, and what to do.
_MISTAKES = (
    (re.compile(rb"NAME(?:SPACE)? {2,}\w"), "a table of kubectl, not its objects", "add -o yaml to the command"),
    (re.compile(rb"-{20,}\r?\n\|"), "a table of the AWS CLI", "add --output json to the command"),
    (re.compile(rb"[A-Z]{4,}\t"), "text output of the AWS CLI", "add --output json to the command"),
    (re.compile(rb"No resources found"), "kubectl found nothing", "check the kind and the namespace"),
    (re.compile(rb"error: You must be logged in|Unable to connect to the server|error: the server doesn't have"),
     "an error of kubectl, not its objects", "run the command again where it works"),
)  # fmt: skip


_WARNINGS = re.compile(rb"(?:(?:Warning: |[WIE]\d{4} )[^\n]*\n)+(?=\s*[{\[])")


def _without_warnings(data: bytes) -> bytes:
    """Blank out warnings that `2>&1` put before the JSON; every place keeps its line and column."""
    match = _WARNINGS.match(data)
    return b"\n" * data.count(b"\n", 0, match.end()) + data[match.end() :] if match else data


def _mistake(data: bytes) -> tuple[str, str] | None:
    text = data.lstrip()
    return next(((problem, hint) for pattern, problem, hint in _MISTAKES if pattern.match(text)), None)


class _File:
    """One file on its way into the answers."""

    def __init__(self, name: str, data: bytes, answers: Answers, outlines: Outlines) -> None:
        self.name = name
        self.data = data
        self.answers = answers
        self.outlines = outlines
        self.places: Places | None = None

    def read(self) -> None:
        """Recognise what the file holds by its content and add it."""
        self.data = _without_warnings(self.data)
        start = self.data.lstrip()[:1]
        if not start:
            self._leave_out("the file is empty", "run the command that made it again")
        elif Path(self.name).suffix == ".log" and start not in (b"{", b"["):
            self._read_log()
        elif PROFILES.match(self.data):
            self._read_profiles()
        elif start in (b"{", b"["):
            self._read_json()
        elif JWT.fullmatch(self.data[:20000].decode(errors="replace").strip()):
            self._read_token()
        elif _YAML_LINE.search(self.data, 0, 65536):
            self._read_yaml()
        elif mistake := _mistake(self.data):
            self._leave_out(*mistake)
        elif not self._read_log() and Path(self.name).suffix in (".yaml", ".yml"):
            # It holds nothing that is known by its content. Perhaps because it is broken.
            self._read_yaml()

    def _read_json(self) -> None:
        recognised = 0
        number = 0
        try:
            for begin, end in json_documents.load_documents(self.data):
                self.outlines[self.name, number] = Outline(begin, end, [])
                whole = (begin, end) == (0, len(self.data))
                part = self.data if whole else self.data[begin:end]
                recognised += self._read_document(part, Source(self.name, number))
                number += 1
        except json_documents.JsonError as error:
            # Lines such as "[2026/01/01 10:00:00] [error] …" open like a JSON list.
            if number == 0 and _LOG_START.match(self.data):
                self._read_log()
                return
            if number and not recognised and self._read_log():
                return
            self._leave_out_at(f"not JSON: {error.problem}", error.offset)
            return
        if not recognised:
            # JSON lines of an application's log are JSON, too.
            self._read_log()

    def _read_yaml(self) -> None:
        if len(self.data) > MAX_YAML:
            problem = f"YAML larger than {MAX_YAML // 1024**2} MB"
            self._leave_out(problem, "use `-o json`: it reads many times faster")
            return
        from trustpath.facts import yaml_documents

        number = 0
        try:
            for document in yaml_documents.load_documents(self.data):
                self.outlines[self.name, number] = Outline(document.line, 0, document.items)
                if document.value is not None:
                    self._read_document(msgspec.json.encode(document.value), Source(self.name, number))
                number += 1
        except yaml_documents.YamlError as error:
            hint = "the documents before this place are used" if number else "run the command that made it again"
            left_out = LeftOut(self.name, error.line, error.column, f"not YAML: {error.problem}", hint)
            self.answers.left_out.append(left_out)
        except (msgspec.MsgspecError, RecursionError, OverflowError, UnicodeError):
            self._leave_out("it holds a value that is no JSON value", "")

    def _read_profiles(self) -> None:
        read_profiles(self.data.decode(errors="replace"), Source(self.name), self.answers)

    def _read_token(self) -> None:
        claims = decode_claims(self.data.decode(errors="replace"))
        if claims is not None:
            self.answers.tokens.append(Located(claims, Source(self.name)))

    def _read_log(self) -> bool:
        return logs.read(self.data, Source(self.name), Path(self.name).name, self.answers)

    def _read_document(self, data: bytes | msgspec.Raw, source: Source) -> bool:
        try:
            document = _decode_object(data)
        except (msgspec.DecodeError, RecursionError):
            return self._read_array(data, source)
        try:
            if kubernetes.read(document, data, source, self.answers):
                return True
            if terraform.read(document, source, self.answers):
                return True
            return aws.read(document, source, self._subject, self.answers)
        except msgspec.DecodeError as error:
            problem = f"not a plan as `terraform show -json` prints it: {str(error).partition(' - at')[0]}"
            self.answers.left_out.append(LeftOut(self.name, 0, 0, problem, "run terraform show -json again"))
            return True
        except (kubernetes.ObjectError, aws.AnswerError) as error:
            self.places = self.places or Places({self.name: self.data}, self.outlines)
            place = self.places.find(error.source)
            hint = "neither kubectl nor the AWS CLI prints this: check how the file was made"
            if error.problem.endswith(("got true or false", "got a number")):
                hint = "put the value in quotes: YAML reads yes, no, on, off, y and n as true or false"
            line, column = (place.line, place.column) if place else (0, 0)
            self.answers.left_out.append(LeftOut(self.name, line, column, error.problem, hint))
            return True

    def _read_array(self, data: bytes | msgspec.Raw, source: Source) -> bool:
        # `jq -s`, or several answers put in one list.
        try:
            items = _decode_array(data)
        except (msgspec.DecodeError, RecursionError):
            return False
        recognised = False
        for index, item in enumerate(items):
            if bytes(item)[:1] == b"{":
                recognised |= self._read_document(item, source.at(index))
        return recognised

    @property
    def _subject(self) -> str:
        match = _SUBJECT.fullmatch(Path(self.name).name)
        return match["subject"] if match else ""

    def _leave_out(self, problem: str, hint: str) -> None:
        self.answers.left_out.append(LeftOut(self.name, 0, 0, problem, hint))

    def _leave_out_at(self, problem: str, offset: int) -> None:
        line = self.data.count(b"\n", 0, offset) + 1
        column = offset - self.data.rfind(b"\n", 0, offset)
        hint = "run the command that made it again"
        self.answers.left_out.append(LeftOut(self.name, line, column, problem, hint))
