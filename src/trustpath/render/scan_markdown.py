"""A scan as Markdown: for a pull request, or a job's summary."""

import re

from trustpath.model.scan import Finding, ScanReport

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#])")
_MOST = 200


def render(report: ScanReport) -> str:
    """Return the page, ending with a line break."""
    errors = sum(item.level == "error" for item in report.findings)
    warnings = len(report.findings) - errors
    counts = report.counts
    lines = [
        "# Trustpath scan",
        "",
        f"**{errors} errors, {warnings} warnings** in {plain(report.scope)}: {counts.asked} asked, "
        f"{counts.allowed} allowed, {counts.denied} denied, {counts.unknown} unknown"
        + (f"; {report.known} known" if report.known else "")
        + (f"; {report.skipped} skipped" if report.skipped else ""),
        "",
    ]
    if report.findings:
        lines += ["| | cause | subject | what |", "|---|---|---|---|"]
        lines += [_row(finding) for finding in report.findings[:_MOST]]
        if len(report.findings) > _MOST:
            lines.append(f"| | | | and {len(report.findings) - _MOST} more: `-o json` has them all |")
        lines.append("")
    if report.undecided:
        lines += ["## Unknown", ""]
        lines += [f"- {plain(item.subject)}: {plain(item.why)}" for item in report.undecided[:_MOST]]
        lines.append("")
    if report.left_out:
        lines += ["## Could not be read", ""]
        lines += [f"- {plain(item.place)}: {plain(item.problem)}" for item in report.left_out[:_MOST]]
        lines.append("")
    return "\n".join(lines)


def _row(finding: Finding) -> str:
    pods = f" ({len(finding.subjects)} pods)" if len(finding.subjects) > 1 else ""
    cause = f"[{finding.id}]({finding.docs})" if finding.docs else finding.id
    doubt = "" if finding.confidence == "certain" else f"{finding.confidence}: "
    return f"| {finding.level} | {cause} | {plain(finding.subject)}{pods} | {doubt}{plain(finding.title)} |"


def plain(text: str) -> str:
    """Return a text so that nothing of it is Markdown, and all of it one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
