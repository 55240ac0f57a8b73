"""How a path is walked: link by link, with what each one found.

A link that broke ends the walk: what follows is not reached. A link that is not known does not: a later
one may be broken whatever the missing fact is, and then the answer is a denial all the same.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from trustpath.engine.messages.symptom import Symptom
from trustpath.model.fact import Denied, Missing
from trustpath.model.question import Question
from trustpath.model.snapshot import Snapshot
from trustpath.model.source import Source
from trustpath.model.trace import Need, Outcome, State

W = TypeVar("W", bound="Walk")


class Finding(Struct, frozen=True):
    """A value in the user's text that shows something.

    ``label`` says what it is; ``focus`` is the part of the value that matters: where it starts and how
    long it is, length 0 for all of it. With ``key`` it is the key that shows it, not its value.
    """

    source: Source
    value: str
    label: str = ""
    focus: tuple[int, int] = (0, 0)
    key: bool = False


class LinkResult(Struct, frozen=True):
    """What one link found."""

    state: State
    says: str
    expected: str = ""
    got: str = ""
    evidence: tuple[Finding, ...] = ()
    needs: tuple[Need, ...] = ()


class LinkStep(Struct, Generic[W], frozen=True):
    """A link of a path: its id, the check in positive words, and the function that walks it."""

    id: str
    title: str
    follow: Callable[[W], LinkResult]


MESSAGE = "<message>"
"""The name under which a message that was given beside the question is drawn."""


def message_finding(text: str, label: str = "") -> Finding:
    """Return the place of a message that was given beside the question."""
    return Finding(Source.of_line(MESSAGE, 1), text, label)


NOT_REACHED = LinkResult("not-reached", "not reached")


def ok(says: str, *evidence: Finding) -> LinkResult:
    """Return a link that holds."""
    return LinkResult("ok", says, evidence=evidence)


def broken(says: str, *evidence: Finding, expected: str = "", got: str = "") -> LinkResult:
    """Return a link that does not hold."""
    return LinkResult("broken", says, expected, got, evidence)


def unknown(says: str, *missing: Missing | Need, evidence: Iterable[Finding] = ()) -> LinkResult:
    """Return a link that cannot be judged, with the facts that would allow it."""
    needs = tuple(fact if isinstance(fact, Need) else need(fact) for fact in missing)
    return LinkResult("unknown", says, evidence=tuple(evidence), needs=needs)


def unread(missing: Missing) -> str:
    """Return how a fact came to be missing, as the end of a sentence."""
    if isinstance(missing, Denied):
        return f"was refused ({missing.permission})"
    return f"could not be read: {missing.why}" if missing.why else "was not read"


def need(missing: Missing) -> Need:
    """Return what has to be collected for a missing fact."""
    permission = missing.permission if isinstance(missing, Denied) else ""
    return Need(missing.what, missing.command, permission)


class Sentences(Struct, frozen=True):
    """What a path says of its question: that it is so, that it is not, and what is asked in indirect speech.

    ``doubted`` is the sentence for a denial that is not proven.
    """

    holds: str
    fails: str
    doubted: str
    whether: str


class Walk(Protocol):
    """What a path fills while it is walked.

    What each link found, in the order of the links; what lies behind a broken one; the titles of the links.
    ``log_subject`` is the part of a log's file name that tells whose log it is, empty for none.
    """

    results: dict[str, LinkResult]
    behind: dict[str, LinkResult]
    titles: dict[str, str]

    @property
    def snapshot(self) -> Snapshot:
        """Return the facts."""
        ...

    @property
    def question(self) -> Question:
        """Return what was asked."""
        ...

    @property
    def sentences(self) -> Sentences:
        """Return how to say the verdict."""
        ...

    @property
    def log_subject(self) -> str:
        """Return whose log matters."""
        ...

    @property
    def http_status(self) -> int:
        """Return the status of the refusal where it is one of the API server's, else 0."""
        ...

    @property
    def symptom_place(self) -> Source:
        """Return where the message stands; a source without a file where it was given beside the question."""
        ...

    @property
    def symptom(self) -> Symptom | None:
        """Return the message that was given beside the question, or that a log among the facts holds."""
        ...

    def result(self, link: str) -> LinkResult:
        """Return what a link found, also when the request never got there."""
        ...


def follow(steps: Sequence[LinkStep[W]], walk: W) -> None:
    """Walk the links in order.

    The request never gets past the first broken link, so every later one is "not reached". It is walked
    all the same: a defect there would show next, and both are better mended at once.
    """
    stopped = False
    for step in steps:
        walk.titles[step.id] = step.title
        result = step.follow(walk)
        if stopped:
            walk.behind[step.id] = result
            result = result if result.state == "not-applicable" else NOT_REACHED
        walk.results[step.id] = result
        stopped = stopped or result.state == "broken"


def outcome(results: Iterable[LinkResult]) -> Outcome:
    """Return the verdict of a whole path."""
    states = {result.state for result in results}
    if "broken" in states:
        return "denied"
    return "allowed" if states <= {"ok", "not-applicable"} else "unknown"
