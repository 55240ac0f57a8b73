"""What a scan found: one finding for each cause and subject, however many pods share it."""

from typing import Literal

from msgspec import Struct

from trustpath.model.trace import Confidence, Evidence, Link, Need, Unread

SCHEMA_VERSION = "trustpath.dev/scan/v1"

Level = Literal["error", "warning"]


class Finding(Struct, frozen=True, rename="camel"):
    """Something that is denied (``error``), or that leads nowhere (``warning``).

    ``subject`` is what is concerned, ``subjects`` are the pods behind it. ``also`` are the ids of further causes that
    would show after the first one. ``fingerprint`` stays the same as long as cause and subject do.
    """

    id: str
    level: Level
    confidence: Confidence
    title: str
    subject: str
    namespace: str
    fingerprint: str
    explanation: str = ""
    subjects: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    expected: str = ""
    got: str = ""
    help: tuple[str, ...] = ()
    docs: str = ""
    also: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


class Undecided(Struct, frozen=True, rename="camel"):
    """A subject of which nothing can be said, and what would decide it."""

    subject: str
    namespace: str
    why: str
    needs: tuple[Need, ...] = ()
    subjects: tuple[str, ...] = ()


class Counts(Struct, frozen=True, rename="camel"):
    """How many questions were asked, and how they ended. ``pods`` are all that were looked at, bound or not."""

    asked: int = 0
    allowed: int = 0
    denied: int = 0
    unknown: int = 0
    pods: int = 0


class ScanReport(Struct, frozen=True, rename="camel"):
    """Everything that a scan says. ``known`` counts findings that the baseline has, ``skipped`` those left out."""

    schema_version: str
    counts: Counts
    findings: tuple[Finding, ...]
    undecided: tuple[Undecided, ...]
    left_out: tuple[Unread, ...] = ()
    known: int = 0
    skipped: int = 0
    scope: str = ""
