"""An audit for people: what is installed, what was found, the worst first, and what could not be checked."""

from collections.abc import Iterator

from trustpath.model.audit import SEVERITIES, AuditFinding, AuditReport, Undecided
from trustpath.render.left_out_text import left_out_lines
from trustpath.render.terminal import Terminal
from trustpath.render.text import snippet_lines
from trustpath.render.wrapping import wrap

_STYLES = {
    "critical": ("red", "bold"),
    "high": ("red", "bold"),
    "medium": ("yellow", "bold"),
    "low": ("blue", "bold"),
    "info": ("blue",),
}
_MOST_OF_ONE = 3
_MOST_NAMES = 5
_MOST_NEEDS = 12


def render(report: AuditReport, terminal: Terminal) -> str:
    """Return the text, ending with a line break."""
    lines: list[str] = [*_components(report, terminal), ""]
    if report.sign_in is not None:
        lines += [*wrap(terminal.text(f"sign-in: {report.sign_in.summary}"), terminal, "  "), ""]
    groups: dict[tuple[str, str], list[AuditFinding]] = {}
    for finding in report.findings:
        groups.setdefault((finding.severity, finding.id), []).append(finding)
    for (severity, identifier), findings in groups.items():
        lines += [*_group(severity, identifier, findings, terminal), ""]
    if report.undecided:
        lines += [*_undecided(report.undecided, terminal), ""]
    if report.left_out:
        lines += [*left_out_lines(report.left_out, _MOST_NEEDS, terminal), ""]
    lines.append(_summary(report, terminal))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _components(report: AuditReport, terminal: Terminal) -> Iterator[str]:
    for part in report.components:
        version = part.version or "of an unknown version"
        modes = f", mode {', '.join(part.modes)}" if part.modes else ""
        text = f"{part.kind} {part.namespace}/{part.name} {version}{modes}, runs as {part.account}, for {part.watches}"
        yield terminal.text(text)
    if not report.components:
        yield "no part of Argo Workflows is among what was read"


def _group(severity: str, identifier: str, findings: list[AuditFinding], terminal: Terminal) -> Iterator[str]:
    word = terminal.style(severity, *_STYLES[severity])
    count = f" {len(findings)} times" if len(findings) > 1 else ""
    checked = findings[0].check
    number = f" {checked}" if checked != identifier else ""
    breaks = ", keeps something from working" if findings[0].breaks else ""
    yield f"{word}[{identifier}]{number}{count}{breaks}"
    for finding in findings[:_MOST_OF_ONE]:
        wrapped = wrap(terminal.text(f"{finding.subject}: {finding.title}"), terminal, "      ")
        yield f"  - {wrapped[0].lstrip()}"
        yield from wrapped[1:]
        for item in finding.evidence[:1]:
            yield from (f"  {line}" for line in snippet_lines(item, terminal))
    others = findings[_MOST_OF_ONE:]
    if others:
        names = ", ".join(item.subject for item in others[:_MOST_NAMES])
        rest = len(others) - _MOST_NAMES
        more = f" and {rest} more (all of them with -o json)" if rest > 0 else ""
        yield from wrap(terminal.text(f"the same: {names}{more}"), terminal, "    ")
    first = findings[0]
    if first.explanation:
        yield from wrap(terminal.text(first.explanation), terminal, "    ")
    for index, line in enumerate(first.fix):
        mark = terminal.style("fix", "green", "bold") + ":" if index == 0 else "    "
        yield f"  {mark} {terminal.text(line)}"


def _undecided(items: tuple[Undecided, ...], terminal: Terminal) -> Iterator[str]:
    numbers = list(dict.fromkeys(item.check for item in items))
    head = terminal.style("unknown", "yellow", "bold")
    yield f"{head}: {len(numbers)} check{'s' * (len(numbers) > 1)} could not be made: {', '.join(numbers)}"
    needs = dict.fromkeys(need for item in items for need in item.needs)
    for need in list(needs)[:_MOST_NEEDS]:
        yield f"   - {terminal.text(need.fact)}"
        if need.permission:
            yield f"     refused: {terminal.text(need.permission)}"
        elif need.command:
            yield f"     {terminal.text(need.command)}"
    if len(needs) > _MOST_NEEDS:
        yield f"   - and {len(needs) - _MOST_NEEDS} more (all of them with -o json)"
    for item in items:
        if not item.needs:
            yield f"   - {item.check}: {terminal.text(item.why)}"


def _summary(report: AuditReport, terminal: Terminal) -> str:
    counts = [
        f"{count} {severity}"
        for severity in SEVERITIES
        if (count := sum(item.severity == severity for item in report.findings))
    ]
    hidden = [f"{report.known} known"] * bool(report.known) + [f"{report.skipped} skipped"] * bool(report.skipped)
    shown = f" ({', '.join(hidden)})" if hidden else ""
    found = terminal.style(", ".join(counts) or "no finding", "bold")
    unknown = len({item.check for item in report.undecided})
    known = f"; advisories known until {report.advisories_until}" if report.advisories_until else ""
    return f"{found}{shown} in {report.scope}; {len(report.passed)} checks passed, {unknown} unknown{known}"
