"""What an audit found: one finding for each check and subject."""

from typing import Literal

from msgspec import Struct

from trustpath.model.trace import Evidence, Need, Trace, Unread

SCHEMA_VERSION = "trustpath.dev/audit/v1"

Severity = Literal["critical", "high", "medium", "low", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")
"""From the worst on."""


class AuditFinding(Struct, frozen=True, rename="camel"):
    """Something that a check does not like. With ``breaks`` it keeps something from working.

    ``check`` is the number of the check; ``id`` is the same, or the cause of the failure that people meet.
    ``fingerprint`` stays the same as long as check and subject do.
    """

    id: str
    check: str
    severity: Severity
    breaks: bool
    title: str
    subject: str
    namespace: str
    fingerprint: str
    explanation: str = ""
    evidence: tuple[Evidence, ...] = ()
    fix: tuple[str, ...] = ()
    docs: str = ""


class Undecided(Struct, frozen=True, rename="camel"):
    """A check that could not be made, and what would decide it."""

    check: str
    title: str
    why: str
    needs: tuple[Need, ...] = ()


class InstalledComponent(Struct, frozen=True, rename="camel"):
    """A part of an installation as it was found; ``version`` is empty where the image does not tell it."""

    kind: str
    name: str
    namespace: str
    image: str
    version: str
    account: str
    watches: str
    modes: tuple[str, ...] = ()


class AuditReport(Struct, frozen=True, rename="camel"):
    """Everything that an audit says. ``passed`` are the checks that found nothing; ``advisories_until`` is a date."""

    schema_version: str
    components: tuple[InstalledComponent, ...]
    findings: tuple[AuditFinding, ...]
    undecided: tuple[Undecided, ...]
    passed: tuple[str, ...]
    sign_in: Trace | None = None
    left_out: tuple[Unread, ...] = ()
    known: int = 0
    skipped: int = 0
    scope: str = ""
    advisories_until: str = ""
