"""From a walked path to the answer that every renderer draws."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from trustpath.causes.catalogue import CauseEntry, Diagnosis, Suggestion, diagnose
from trustpath.facts.logs import redact, redact_line
from trustpath.facts.positions import Places
from trustpath.model.snapshot import Snapshot
from trustpath.model.source import Position
from trustpath.model.trace import SCHEMA_VERSION, Cause, Evidence, Link, Outcome, Trace, Unread
from trustpath.paths.links import MESSAGE, Finding, LinkResult, Walk, outcome

if TYPE_CHECKING:
    from trustpath.fixes.sources import Edit, SourceFile

DOCS = "https://trustpath.dev/causes/"
LOG_LINES = 3


def answer(walk: Walk, places: Places) -> Trace:
    """Return the whole answer: verdict, links, causes, and what was left out."""
    verdict = outcome(walk.results.values())
    causes = tuple(_cause(entry, diagnosis, places) for entry, diagnosis in diagnose(walk))
    trace = Trace(
        SCHEMA_VERSION,
        walk.question,
        verdict,
        _summary(walk, verdict, causes),
        tuple(_link(walk, identifier, title, places) for identifier, title in walk.titles.items()),
        causes,
        (),
        left_out(walk.snapshot),
        _logs(walk, places),
        walk.http_status if verdict == "denied" else 0,
    )
    return _redacted(trace)


def with_fixes(trace: Trace, walk: Walk, sources: "tuple[SourceFile, ...]" = ()) -> "tuple[Trace, tuple[Edit, ...]]":
    """Return an answer with what mends the denial, each proven by the same question, and what the first fix makes of
    the user's own files.
    """
    from trustpath.fixes.offer import offer

    offered = offer(walk, sources)
    fixes = tuple(fix for fix, _ in offered)
    return _redacted(msgspec.structs.replace(trace, fixes=fixes)), offered[0][1] if offered else ()


def _redacted(trace: Trace) -> Trace:
    """Black out what looks like a secret, wherever it stands: names and values come from anybody's files."""
    parts = msgspec.to_builtins(trace)
    # Mostly there is nothing: one look at all texts together tells, and finds at least what single looks would find.
    together = "\n".join(_texts(parts))
    return trace if redact(together) == together else msgspec.convert(_redact_all(parts), Trace)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for child in value.values():
            yield from _texts(child)
    elif isinstance(value, list | tuple):
        for child in value:
            yield from _texts(child)


def _redact_all(value: object) -> object:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: _redact_all(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_redact_all(child) for child in value]
    return value


def left_out(snapshot: Snapshot) -> tuple[Unread, ...]:
    """Return what could not be read."""
    return tuple(Unread(item.place, item.problem) for item in snapshot.left_out)


def _logs(walk: Walk, places: Places) -> tuple[Evidence, ...]:
    """Return the last telling lines of the subject's log. Whose log it is only the file's name tells."""
    name = walk.log_subject
    own = [item for item in walk.snapshot.log_lines() if name and name in item.value.subject]
    return tuple(_evidence(Finding(item.source, item.value.text), places) for item in own[-LOG_LINES:])


def _summary(walk: Walk, verdict: Outcome, causes: tuple[Cause, ...]) -> str:
    sentences = walk.sentences
    if verdict == "allowed":
        if walk.symptom is not None and walk.symptom_place.file in ("", MESSAGE):
            otherwise = "the message says otherwise: it is of another time, cluster or identity"
            return f"{sentences.holds} by these facts, and {otherwise}"
        return sentences.holds
    if verdict == "denied":
        broken = next(link for link, result in walk.results.items() if result.state == "broken")
        of_link = [cause for cause in causes if cause.link == broken and cause.confidence != "possible"]
        return f"{sentences.fails}: {of_link[0].title if of_link else walk.results[broken].says}"
    undecided = ((link, result) for link, result in walk.results.items() if result.state == "unknown")
    unknown = next(undecided, ("", LinkResult("unknown", "a link was not reached")))
    if unknown[0] == "permissions":
        return f"{sentences.holds}; {unknown[1].says}"
    if causes and causes[0].confidence != "possible":
        return f"{sentences.doubted}: {causes[0].title} (not proven: {unknown[1].says})"
    return f"cannot tell {sentences.whether}: {unknown[1].says}"


def _link(walk: Walk, identifier: str, title: str, places: Places) -> Link:
    result = walk.results[identifier]
    evidence = tuple(_evidence(finding, places) for finding in result.evidence)
    return Link(identifier, title, result.state, result.says, result.expected, result.got, evidence, result.needs)


def _cause(entry: CauseEntry | Suggestion, diagnosis: Diagnosis, places: Places) -> Cause:
    return Cause(
        id=entry.id,
        link=entry.link,
        title=diagnosis.title,
        explanation=diagnosis.explanation,
        confidence=diagnosis.confidence,
        evidence=tuple(_evidence(finding, places) for finding in diagnosis.evidence),
        docs=f"{DOCS}{entry.id}",
        expected=diagnosis.expected,
        got=diagnosis.got,
        symptom=diagnosis.symptom,
        help=diagnosis.help,
    )


def drawn(finding: Finding, places: Places) -> Evidence:
    """Return a place as answers show it, with what is secret blacked out."""
    return msgspec.convert(_redact_all(msgspec.to_builtins(_evidence(finding, places))), Evidence)


def _evidence(finding: Finding, places: Places) -> Evidence:
    source = finding.source
    found = places.find(source, key=finding.key)
    if found is None:
        return Evidence(source.file, source.pointer, finding.value, finding.label, source.document)
    excerpt, mark, length = _excerpt(found, finding)
    shown = redact_line(excerpt) if source.line else redact(excerpt)
    if shown != excerpt:
        mark, length = 0, 0
    line, column = (0, 0) if source.is_answer else (found.line, found.column)
    return Evidence(
        source.file,
        source.pointer,
        finding.value,
        finding.label,
        source.document,
        line,
        column,
        shown,
        mark,
        length,
    )


def _excerpt(found: Position, finding: Finding) -> tuple[str, int, int]:
    """Return key and value without their neighbours on the same line, and the characters to mark.

    A dump may hold a whole object on one line, and what stands beside the value may be a secret.
    """
    at = found.column - 1
    begin = max(found.text.rfind(char, 0, at) for char in ",{[") + 1
    end = min(at + found.length, len(found.text))
    text = found.text[begin:end]
    excerpt = text.lstrip()
    at -= begin + len(text) - len(excerpt)
    start = excerpt.find(finding.value, at) if finding.value else -1
    if start < 0:  # written with escapes, or a whole object
        return excerpt, at, len(excerpt) - at
    first, length = finding.focus
    return excerpt, start + first, length or len(finding.value)
