"""Finds the causes in this folder and asks those of a broken link whether they hold."""

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from msgspec import Struct, structs

from trustpath.engine.messages.symptom import Symptom
from trustpath.model.trace import Confidence
from trustpath.paths.links import Finding, Walk, message_finding, outcome

PACKAGE = "trustpath.causes"
_CONFIDENCES: tuple[Confidence, ...] = ("certain", "likely", "possible")


class Diagnosis(Struct, frozen=True):
    """A cause that holds.

    ``title`` starts lower-case and has no final full stop; it names the bad thing, never the remedy.
    ``evidence`` starts with the place to look at, in the user's own text. ``symptom`` is what AWS or
    Kubernetes prints. ``help`` says how to mend it, one line or command each. Of several causes of one
    link with the same confidence, the lower ``rank`` comes first.
    """

    confidence: Confidence
    title: str
    explanation: str
    evidence: tuple[Finding, ...]
    expected: str = ""
    got: str = ""
    symptom: str = ""
    help: tuple[str, ...] = ()
    rank: int = 0


W = TypeVar("W", bound=Walk)
Check = Callable[[Any], Iterator[Diagnosis]]
"""A check takes one kind of walk, which its signature names; paths that walk otherwise do not ask it."""


class CauseEntry(Struct, frozen=True):
    """One cause of the catalogue: its id, the link that it breaks, its check, and the kind of walk that it takes.

    ``when_unknown``: it is asked as well where the link could not be judged, and then never certain.
    ``last``: it says no more than that the link broke. It comes after others that are at least likely, and is left
    out where another one is certain and it is not.
    """

    id: str
    link: str
    check: Check
    walk: type
    when_unknown: bool
    last: bool = False


class Suggestion(Struct, frozen=True):
    """A cause that a message alone makes one think of, on the link where the walk ended."""

    id: str
    link: str


def cause(
    *links: str, when_unknown: bool = False, last: bool = False
) -> Callable[[Callable[[W], Iterator[Diagnosis]]], Callable[[W], Iterator[Diagnosis]]]:
    """Mark the check of a cause file. ``links`` are the ids of the links that the cause may break, mostly one.

    With ``when_unknown`` the cause is also looked for where a missing fact keeps the link from being judged. With
    ``last`` it comes after other causes of the link.
    """

    def mark(check: Callable[[W], Iterator[Diagnosis]]) -> Callable[[W], Iterator[Diagnosis]]:
        check.links = links  # type: ignore[attr-defined]  # the catalogue reads both back
        check.when_unknown = when_unknown  # type: ignore[attr-defined]
        check.last = last  # type: ignore[attr-defined]
        return check

    return mark


def identifiers() -> tuple[str, ...]:
    """Return the ids of all causes, sorted; no cause is imported."""
    names = (module.name for module in pkgutil.iter_modules(importlib.import_module(PACKAGE).__path__))
    return tuple(sorted(name.replace("_", "-") for name in names if name != "catalogue"))


@functools.cache
def catalogue() -> tuple[CauseEntry, ...]:
    """Return every cause, sorted by id, once for each link that it may break."""
    return tuple(entry for identifier in identifiers() for entry in _load(identifier))


def _load(identifier: str) -> Iterator[CauseEntry]:
    module = importlib.import_module(f"{PACKAGE}.{identifier.replace('-', '_')}")
    walk = get_type_hints(module.check)["walk"]
    for link in module.check.links:
        yield CauseEntry(identifier, link, module.check, walk, module.check.when_unknown, module.check.last)


def page(identifier: str) -> str:
    """Return the text of a cause's page."""
    name = identifier.replace("-", "_") + ".md"
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def diagnose(walk: Walk) -> list[tuple[CauseEntry | Suggestion, Diagnosis]]:
    """Return the causes that hold, the root cause first.

    A cause of the link that broke comes before the defects behind it, and both before what a link that
    could not be judged suggests; in one link the surer one first.
    """
    order = {link: index for index, link in enumerate(walk.results)}
    found: list[tuple[CauseEntry, Diagnosis]] = []
    for entry in catalogue():
        if entry.link not in order or not isinstance(walk, entry.walk):
            continue
        state = walk.result(entry.link).state
        if state == "broken":
            found.extend((entry, diagnosis) for diagnosis in entry.check(walk))
        elif state == "unknown" and entry.when_unknown:
            found.extend((entry, _unproven(diagnosis)) for diagnosis in entry.check(walk))
    explained = {entry.link for entry, diagnosis in found if diagnosis.confidence == "certain" and not entry.last}
    found = [
        (entry, diagnosis)
        for entry, diagnosis in found
        if not (entry.last and entry.link in explained and diagnosis.confidence != "certain")
    ]
    if not found and walk.symptom is not None and outcome(walk.results.values()) != "allowed":
        return list(_possible(walk, walk.symptom))
    seen: dict[tuple[str, str], tuple[CauseEntry | Suggestion, Diagnosis]] = {}
    for entry, diagnosis in _ranked(walk, found, order):
        # A cause of several links is asked once for each that broke.
        seen.setdefault((entry.id, diagnosis.title), (entry, diagnosis))
    return list(seen.values())


def _ranked(
    walk: Walk, found: list[tuple[CauseEntry, Diagnosis]], order: dict[str, int]
) -> list[tuple[CauseEntry, Diagnosis]]:
    return sorted(
        found,
        key=lambda pair: (
            walk.result(pair[0].link).state == "unknown",
            order[pair[0].link],
            pair[1].confidence == "possible",
            pair[0].last,
            _CONFIDENCES.index(pair[1].confidence),
            pair[1].rank,
            pair[0].id,
        ),
    )


def _possible(walk: Walk, symptom: Symptom) -> Iterator[tuple[CauseEntry | Suggestion, Diagnosis]]:
    """Yield what a message makes one think of, where no fact says more; the order is that of likelihood.

    A cause without a page is one that no path looks for yet.
    """
    broken = (link for link, result in walk.results.items() if result.state in ("broken", "unknown"))
    link = next(broken, next(iter(walk.results)))
    place = Finding(walk.symptom_place, symptom.text) if walk.symptom_place.file else message_finding(symptom.text)
    pages = identifiers()
    for identifier in symptom.causes:
        has_page = identifier in pages
        diagnosis = Diagnosis(
            confidence="possible",
            title=_as_title(meaning(identifier)) if has_page else symptom.says,
            explanation="",
            evidence=(place,) if identifier == symptom.causes[0] else (),
            help=(f"look at: {symptom.check}",) if identifier == symptom.causes[0] else (),
        )
        yield Suggestion(identifier, link), diagnosis


def _as_title(sentence: str) -> str:
    text = sentence.removesuffix(".")
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _unproven(diagnosis: Diagnosis) -> Diagnosis:
    """A link that could not be judged proves nothing."""
    return structs.replace(diagnosis, confidence="likely") if diagnosis.confidence == "certain" else diagnosis


def meaning(identifier: str) -> str:
    """Return what a cause means, in the one sentence that its page starts with."""
    _, _, body = page(identifier).partition("\n")
    return " ".join(body.strip().partition("\n\n")[0].split())
