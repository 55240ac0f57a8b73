"""A scan as SARIF 2.1.0, within the limits of GitHub's code scanning.

GitHub refuses a whole file where one result has no place in a file: findings of a live cluster stand in none, and are
left out and counted, unless the scan was of files.
"""

from pathlib import Path

import msgspec

from trustpath.model.scan import Finding, ScanReport
from trustpath.model.trace import Evidence, Link
from trustpath.render.sarif_log import (
    Artifact,
    CodeFlow,
    Configuration,
    Flow,
    Help,
    Location,
    Logical,
    Message,
    Physical,
    Region,
    Result,
    Rule,
    Step,
    uri,
    write,
)

MOST_RESULTS = 25_000
_SECURITY = {"error": "6.0", "warning": "3.0"}


def render(report: ScanReport, sources: tuple[str, ...]) -> tuple[str, int]:
    """Return the log as JSON, ending with a line break, and how many findings were left out of it.

    ``sources`` are the files of the scan: what stands in a saved snapshot is shown at that file.
    """
    fallback = next((name for name in sources if Path(name).is_file()), "")
    results: list[Result] = []
    codes = sorted({finding.id for finding in report.findings})
    for finding in report.findings:
        place = place_of(finding.evidence[0] if finding.evidence else None, fallback)
        if place is not None and len(results) < MOST_RESULTS:
            results.append(_result(finding, codes.index(finding.id), place, fallback))
    rules = [_rule(code, next(item for item in report.findings if item.id == code)) for code in codes]
    return write(rules, results, "trustpath/scan/"), len(report.findings) - len(results)


def _rule(code: str, finding: Finding) -> Rule:
    title = code.replace("-", " ").capitalize()
    help_text = f"{(finding.explanation or title).removesuffix('.')}. trustpath explain {code}"
    shown = f"{finding.explanation or title}\n\n`trustpath explain {code}`"
    properties: dict[str, object] = {"tags": ["security"], "security-severity": _SECURITY[finding.level]}
    docs = finding.docs or "https://trustpath.dev/causes/"
    return Rule(code, Message(title), Configuration(finding.level), docs, Help(help_text, shown), properties)


def _result(finding: Finding, index: int, place: Location, fallback: str) -> Result:
    pods = f" ({len(finding.subjects)} pods)" if len(finding.subjects) > 1 else ""
    message = Message(f"{finding.subject}{pods}: {finding.title}")
    located = msgspec.structs.replace(place, logical_locations=[Logical(finding.subject)])
    steps = [step for link in finding.links if (step := _step(link, fallback)) is not None]
    flows = [CodeFlow([Flow(steps)])] if steps else []
    return Result(finding.id, index, finding.level, message, [located], {"trustpath/v1": finding.fingerprint}, flows)


def _step(link: Link, fallback: str) -> Step | None:
    place = place_of(link.evidence[0] if link.evidence else None, fallback)
    if place is None or link.state in ("not-reached", "not-applicable"):
        return None
    return Step(msgspec.structs.replace(place, message=Message(f"{link.id}: {link.state}: {link.says}")))


def place_of(evidence: Evidence | None, fallback: str) -> Location | None:
    """Return the place of a finding, that of the file which was asked where it stands in none; None without one."""
    if evidence is not None and evidence.line:
        end = evidence.column + max(evidence.mark_length, 1)
        return Location(Physical(Artifact(uri(evidence.source)), Region(evidence.line, evidence.column, end)))
    return Location(Physical(Artifact(uri(fallback)), Region(1, 1, 2))) if fallback else None
