"""Findings that are known already: a file of fingerprints, with what they stand for beside them."""

from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from trustpath.errors import InputError
from trustpath.model.audit import AuditReport
from trustpath.model.scan import ScanReport

SCHEMA_VERSION = "trustpath.dev/baseline/v1"


R = TypeVar("R", ScanReport, AuditReport)


class _Known(Struct):
    fingerprint: str
    id: str = ""
    subject: str = ""


class _Baseline(Struct, rename="camel"):
    schema_version: str
    findings: list[_Known]


def read_baseline(file: str) -> frozenset[str]:
    """Return the fingerprints of a baseline, or of a report in JSON. Raises InputError for another file."""
    try:
        data = Path(file).read_bytes()
        baseline = msgspec.json.decode(data, type=_Baseline)
    except OSError as error:
        raise InputError(f"{file}: {(error.strerror or 'cannot be read').lower()}", "check --baseline") from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise InputError(f"{file}: no baseline: {error}", "trustpath scan --write-baseline FILE makes one") from None
    return frozenset(item.fingerprint for item in baseline.findings)


def write_baseline(file: Path, report: ScanReport | AuditReport) -> None:
    """Write the findings of a report. Raises InputError where that cannot be done."""
    known = [_Known(item.fingerprint, item.id, item.subject) for item in report.findings]
    text = msgspec.json.format(msgspec.json.encode(_Baseline(SCHEMA_VERSION, known)), indent=2)
    try:
        file.write_bytes(text + b"\n")
    except OSError as error:
        raise InputError(
            f"{file}: {(error.strerror or 'cannot be written').lower()}", "give another place to --write-baseline"
        ) from None


def _is_asked(check: str, only: frozenset[str], skip: frozenset[str]) -> bool:
    return (not only or check in only) and check not in skip


def without(report: R, known: frozenset[str], only: frozenset[str], skip: frozenset[str]) -> R:
    """Return a report without the findings that are known or not asked for; they are counted."""
    names = {item: {item.id, getattr(item, "check", item.id)} for item in report.findings}
    asked = [item for item in report.findings if (not only or names[item] & only) and not names[item] & skip]
    new = tuple(item for item in asked if item.fingerprint not in known)
    if isinstance(report, AuditReport):
        report = msgspec.structs.replace(
            report, undecided=tuple(item for item in report.undecided if _is_asked(item.check, only, skip))
        )
    return msgspec.structs.replace(
        report, findings=new, known=len(asked) - len(new), skipped=len(report.findings) - len(asked)
    )
