"""The answer, as every renderer draws it and ``-o json`` prints it: ``trustpath.dev/trace/v1``.

A field is never renamed or removed within v1; new fields may come.
"""

from typing import Literal

from msgspec import Struct, field

from trustpath.model.question import Question

SCHEMA_VERSION = "trustpath.dev/trace/v1"

Outcome = Literal["allowed", "denied", "unknown"]
State = Literal["ok", "broken", "unknown", "not-reached", "not-applicable"]
Confidence = Literal["certain", "likely", "possible"]


class Evidence(Struct, frozen=True):
    """A value in the user's own text.

    ``source`` is the file, ``document`` counts its documents from 0, ``path`` is the JSON Pointer in that
    document. ``line`` and ``column`` count from 1; 0 means that the place could not be found again.
    ``excerpt`` is the key and the value as they stand there; ``mark`` and ``mark_length`` are the
    characters in it that matter. ``label`` says what the value is.
    """

    source: str
    path: str
    value: str
    label: str = ""
    document: int = 0
    line: int = 0
    column: int = 0
    excerpt: str = ""
    mark: int = 0
    mark_length: int = 0


class Need(Struct, frozen=True):
    """A missing fact: the command that collects it, and the permission where a reader was refused."""

    fact: str
    command: str = ""
    permission: str = ""


class Link(Struct, frozen=True):
    """One link of the path of trust."""

    id: str
    title: str
    state: State
    says: str
    expected: str = ""
    got: str = ""
    evidence: tuple[Evidence, ...] = ()
    needs: tuple[Need, ...] = ()


class Cause(Struct, frozen=True):
    """Why a link broke. ``symptom`` is what AWS or Kubernetes prints for it, ``help`` how to mend it."""

    id: str
    link: str
    title: str
    explanation: str
    confidence: Confidence
    evidence: tuple[Evidence, ...]
    docs: str
    expected: str = ""
    got: str = ""
    symptom: str = ""
    help: tuple[str, ...] = ()


class Proof(Struct, frozen=True):
    """The answer to the same question on the changed facts: its verdict, its sentence, and its links."""

    outcome: Outcome
    trace: str
    links: tuple[Link, ...] = ()


class FixStep(Struct, frozen=True):
    """One step of a fix: what is done, the link that it mends, and what the question answers after it."""

    title: str
    link: str
    outcome: Outcome


class FileDiff(Struct, frozen=True):
    """How a fix changes a file of the user's own: a unified diff."""

    file: str
    diff: str


class Fix(Struct, frozen=True):
    """A change with its proof. ``safe``: nobody besides gains by it; ``review``: ``also_grants`` says who does.

    ``commands`` are by tool. ``proof`` is "allowed"; or "unknown", where the change mends what is broken and facts are
    missing to say more: ``missing`` names them. ``diffs`` are of the files that were given with --source, ``in_files``
    tells that they are all of the change.
    """

    title: str
    cause: str
    disposition: Literal["safe", "review"]
    changes: tuple[str, ...]
    commands: dict[str, str]
    proof: Proof
    also_grants: tuple[str, ...]
    steps: tuple[FixStep, ...] = ()
    missing: tuple[Need, ...] = ()
    diffs: tuple[FileDiff, ...] = ()
    in_files: bool = False


class Unread(Struct, frozen=True):
    """A file or a part of it that could not be read and plays no part in the answer."""

    place: str
    problem: str


class TruthCheck(Struct, frozen=True, rename="camel"):
    """What the real thing says to the same question, beside our own answer.

    ``by`` is how it was asked, ``said`` its verdict, ``reason`` its own text, ``who`` says it, and ``caveat`` is what
    to make of a difference.
    """

    by: str
    said: Outcome
    agrees: bool
    reason: str = ""
    who: str = "the API server itself"
    caveat: str = "Its word counts: please report this"


class Trace(Struct, frozen=True):
    """One answer. ``logs`` are lines of the workload's own log that tell of a denial, the last ones.

    ``http_status`` is the one that the API server refuses with: 401 for a caller that it does not know, 403 for
    one that may not; 0 where it is not the API server that refuses, or nobody does. ``checks`` are what a live cluster
    itself said to the question.
    """

    schema_version: str = field(name="schemaVersion")
    question: Question
    outcome: Outcome
    summary: str
    links: tuple[Link, ...]
    causes: tuple[Cause, ...]
    fixes: tuple[Fix, ...]
    left_out: tuple[Unread, ...] = ()
    logs: tuple[Evidence, ...] = ()
    http_status: int = field(default=0, name="httpStatus")
    checks: tuple[TruthCheck, ...] = ()
