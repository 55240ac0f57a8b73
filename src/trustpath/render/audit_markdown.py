"""An audit as Markdown: for a pull request, or a job's summary."""

from trustpath.model.audit import SEVERITIES, AuditFinding, AuditReport
from trustpath.render.scan_markdown import plain

_MOST = 200


def render(report: AuditReport) -> str:
    """Return the page, ending with a line break."""
    counts = ", ".join(
        f"{count} {severity}"
        for severity in SEVERITIES
        if (count := sum(item.severity == severity for item in report.findings))
    )
    unknown = len({item.check for item in report.undecided})
    lines = [
        "# Trustpath audit of Argo Workflows",
        "",
        f"**{counts or 'no finding'}** in {plain(report.scope)}: {len(report.passed)} checks passed, {unknown} unknown"
        + (f"; {report.known} known" if report.known else "")
        + (f"; {report.skipped} skipped" if report.skipped else ""),
        "",
    ]
    if report.sign_in is not None:
        lines += [f"Sign-in: {plain(report.sign_in.summary)}", ""]
    if report.findings:
        lines += ["| | check | subject | what | fix |", "|---|---|---|---|---|"]
        lines += [_row(item) for item in report.findings[:_MOST]]
        if len(report.findings) > _MOST:
            lines.append(f"| | | | and {len(report.findings) - _MOST} more: `-o json` has them all | |")
        lines.append("")
    if report.undecided:
        lines += ["## Unknown", ""]
        lines += [f"- {item.check}: {plain(item.why)}" for item in report.undecided[:_MOST]]
        lines.append("")
    if report.left_out:
        lines += ["## Could not be read", ""]
        lines += [f"- {plain(item.place)}: {plain(item.problem)}" for item in report.left_out[:_MOST]]
        lines.append("")
    return "\n".join(lines)


def _row(item: AuditFinding) -> str:
    severity = f"{item.severity}, breaks" if item.breaks else item.severity
    what = f"{plain(item.subject)} | {plain(item.title)} | {plain('; '.join(item.fix))}"
    return f"| {severity} | [{item.id}]({item.docs}) | {what} |"
