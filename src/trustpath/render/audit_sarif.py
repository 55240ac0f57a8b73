"""An audit as SARIF 2.1.0, within the limits of GitHub's code scanning, as a scan's."""

from pathlib import Path

import msgspec

from trustpath.model.audit import AuditFinding, AuditReport
from trustpath.render.sarif_log import Configuration, Help, Logical, Message, Result, Rule, write
from trustpath.render.scan_sarif import MOST_RESULTS, place_of

_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}
_SECURITY = {"critical": "9.0", "high": "7.5", "medium": "5.0", "low": "2.0", "info": "0.0"}


def render(report: AuditReport, sources: tuple[str, ...]) -> tuple[str, int]:
    """Return the log as JSON, ending with a line break, and how many findings were left out of it."""
    fallback = next((name for name in sources if Path(name).is_file()), "")
    codes = sorted({item.id for item in report.findings})
    results: list[Result] = []
    for item in report.findings:
        place = place_of(item.evidence[0] if item.evidence else None, fallback)
        if place is None or len(results) >= MOST_RESULTS:
            continue
        located = msgspec.structs.replace(place, logical_locations=[Logical(item.subject)])
        message = Message(f"{item.subject}: {item.title}. {'; '.join(item.fix)}")
        marks = {"trustpath/v1": item.fingerprint}
        results.append(Result(item.id, codes.index(item.id), _LEVELS[item.severity], message, [located], marks, []))
    rules = [_rule(code, next(item for item in report.findings if item.id == code)) for code in codes]
    return write(rules, results, "trustpath/audit/"), len(report.findings) - len(results)


def _rule(code: str, item: AuditFinding) -> Rule:
    help_text = f"{(item.explanation or item.title).removesuffix('.')}. trustpath explain {code}"
    shown = f"{item.explanation or item.title}\n\n`trustpath explain {code}`"
    properties: dict[str, object] = {"tags": ["security"], "security-severity": _SECURITY[item.severity]}
    level = Configuration(_LEVELS[item.severity])
    return Rule(code, Message(item.title), level, item.docs, Help(help_text, shown), properties)
