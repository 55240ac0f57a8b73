"""Finds the checks in the folders beside this file, and makes them."""

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct

from trustpath.audits.installations import Audit
from trustpath.model.audit import Severity
from trustpath.model.trace import Need
from trustpath.paths.links import Finding

PACKAGE = "trustpath.audits.argo"


class Found(Struct, frozen=True):
    """Something that a check does not like: at whom, and where it stands.

    ``title`` starts lower-case and has no final full stop; it names the bad thing. ``severity`` is set where exposure
    makes it another one than the check's own.
    """

    subject: str
    namespace: str
    title: str
    evidence: tuple[Finding, ...]
    fix: tuple[str, ...]
    explanation: str = ""
    severity: Severity | None = None


class Open(Struct, frozen=True):
    """Something that a check cannot tell, and what would decide it."""

    why: str
    needs: tuple[Need, ...] = ()


Result = Found | Open
Check = Callable[[Audit], Iterator[Result]]


class CheckEntry(Struct, frozen=True):
    """One check: its number, what it is called, and which kinds of objects it has to see to say that all is well.

    With ``by_silence`` it has to see them to find something as well: it finds what is not there. With ``by_mode`` it
    has to know the server's auth mode.
    """

    id: str
    name: str
    severity: Severity
    reads: tuple[str, ...]
    breaks: bool
    cause: str
    run: Check
    by_silence: bool = False
    by_mode: bool = False

    @property
    def finding_id(self) -> str:
        """Return the id of its findings: the cause of what people meet where there is one."""
        return self.cause or self.id


def check(
    identifier: str,
    severity: Severity,
    *reads: str,
    breaks: bool = False,
    cause: str = "",
    by_silence: bool = False,
    by_mode: bool = False,
) -> Callable[[Check], Check]:
    """Mark the check of a file.

    ``reads`` are the kinds of objects without which silence says nothing. ``breaks``: what it finds keeps something
    from working; ``cause`` is then the id of the cause in the catalogue. ``by_silence``: it finds what is not there.
    ``by_mode``: what it finds depends on the server's auth mode.
    """

    def mark(run: Check) -> Check:
        run.entry = (identifier, severity, reads, breaks, cause, by_silence, by_mode)  # type: ignore[attr-defined]  # read back below
        return run

    return mark


def names() -> tuple[str, ...]:
    """Return the names of all checks, sorted; none is imported."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(importlib.import_module(PACKAGE).__path__)))


@functools.cache
def checks() -> tuple[CheckEntry, ...]:
    """Return every check, by its number."""
    found = []
    for name in names():
        run = importlib.import_module(f"{PACKAGE}.{name}").check
        identifier, severity, reads, breaks, cause, by_silence, by_mode = run.entry
        found.append(CheckEntry(identifier, name, severity, reads, breaks, cause, run, by_silence, by_mode))
    return tuple(sorted(found, key=lambda entry: entry.id))


def page(name: str) -> str:
    """Return the text of a check's page."""
    return (Path(__file__).parent / "argo" / f"{name}.md").read_text(encoding="utf-8")


def meaning(name: str) -> str:
    """Return what a check looks for, in the one sentence that its page starts with."""
    _, _, body = page(name).partition("\n")
    return " ".join(body.strip().partition("\n\n")[0].split())
