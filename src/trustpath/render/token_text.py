"""The report on a token for people."""

from trustpath.model.token_report import TokenReport
from trustpath.render.terminal import Terminal
from trustpath.render.wrapping import wrap

_MARKS = {
    "ok": ("ok", "green"),
    "broken": ("BROKEN", "red"),
    "unknown": ("unknown", "yellow"),
    "not-reached": ("-", "dim"),
}


def render(report: TokenReport, terminal: Terminal) -> str:
    """Return the text, ending with a line break."""
    words = wrap(terminal.text(report.summary), terminal, " " * 9)
    color = "red" if report.outcome == "denied" else "yellow"
    lines = [terminal.style(f"{report.outcome:<8}", color, "bold") + " " + words[0].lstrip(), *words[1:], ""]
    for title, value in (
        ("host", report.host),
        ("signed for region", report.signing_region),
        ("signed at", report.signed_at),
        ("good until", report.expires_at),
        ("credentials", report.credentials),
    ):
        if value:
            lines.append(f"  {title:<18} {terminal.text(value)}")
    lines.append("")
    for step in report.steps:
        mark, style = _MARKS[step.state]
        lines.append(f"  {terminal.style(f'{mark:<8}', style)} {step.title}")
    if report.cause:
        lines += ["", f"{terminal.style('help', 'green', 'bold')}: trustpath explain {report.cause}"]
    return "\n".join(line.rstrip() for line in lines) + "\n"
