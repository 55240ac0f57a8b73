"""A scan for people: what was found, grouped by cause, then what could not be told."""

from collections.abc import Iterator

from trustpath.model.scan import Finding, ScanReport
from trustpath.render.left_out_text import left_out_lines
from trustpath.render.terminal import Terminal
from trustpath.render.text import snippet_lines
from trustpath.render.wrapping import wrap

_STYLES = {"error": ("red", "bold"), "warning": ("yellow", "bold")}
_MOST_FINDINGS = 5
_MOST_SUBJECTS = 5
_MOST_UNDECIDED = 10


def render(report: ScanReport, terminal: Terminal) -> str:
    """Return the text, ending with a line break."""
    lines: list[str] = []
    by_cause: dict[tuple[str, str], list[Finding]] = {}
    for finding in report.findings:
        by_cause.setdefault((finding.level, finding.id), []).append(finding)
    for (level, identifier), findings in by_cause.items():
        lines += [*_cause(level, identifier, findings, terminal), ""]
    if report.undecided:
        lines += [*_undecided(report, terminal), ""]
    if report.left_out:
        lines += [*left_out_lines(report.left_out, _MOST_UNDECIDED, terminal), ""]
    lines += _summary(report, terminal)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _cause(level: str, identifier: str, findings: list[Finding], terminal: Terminal) -> Iterator[str]:
    word = terminal.style(level, *_STYLES[level])
    count = f" {len(findings)} times" if len(findings) > 1 else ""
    yield f"{word}[{identifier}]{count}"
    for finding in findings[:_MOST_FINDINGS]:
        pods = f" ({len(finding.subjects)} pods)" if len(finding.subjects) > 1 else ""
        doubt = "" if finding.confidence == "certain" else f" {finding.confidence}:"
        text = f"{finding.subject}{pods}:{doubt} {finding.title}"
        wrapped = wrap(terminal.text(text), terminal, "      ")
        yield f"  - {wrapped[0].lstrip()}"
        yield from wrapped[1:]
        for item in finding.evidence[:1]:
            yield from (f"  {line}" for line in snippet_lines(item, terminal))
        if finding.also:
            yield f"      behind it: {', '.join(finding.also)}"
    others = findings[_MOST_FINDINGS:]
    if others:
        names = ", ".join(finding.subject for finding in others[:_MOST_FINDINGS])
        rest = len(others) - _MOST_FINDINGS
        more = f" and {rest} more (all of them with -o json)" if rest > 0 else ""
        yield from wrap(terminal.text(f"the same: {names}{more}"), terminal, "    ")
    first = findings[0]
    for index, line in enumerate(first.help):
        mark = terminal.style("help", "green", "bold") + ":" if index == 0 else "     "
        yield f"  {mark} {terminal.text(line)}"


def _undecided(report: ScanReport, terminal: Terminal) -> Iterator[str]:
    count = len(report.undecided)
    yield terminal.style("unknown", "yellow", "bold") + f": {count} subject{'s' * (count > 1)} could not be judged"
    reasons: dict[str, list[str]] = {}
    needs: dict[str, str] = {}
    refused: dict[str, None] = {}
    for item in report.undecided:
        reasons.setdefault(item.why, []).append(item.subject)
        for need in item.needs:
            if need.permission:
                refused[need.permission] = None
            else:
                needs[need.fact] = need.command
    for why, subjects in list(reasons.items())[:_MOST_UNDECIDED]:
        more = f" and {len(subjects) - _MOST_SUBJECTS} more" if len(subjects) > _MOST_SUBJECTS else ""
        yield from wrap(terminal.text(f"{why}: {', '.join(subjects[:_MOST_SUBJECTS])}{more}"), terminal, "    ")
    for fact, how in list(needs.items())[:_MOST_UNDECIDED]:
        yield f"   - {terminal.text(fact)}"
        if how:
            yield f"     {terminal.text(how)}"
    if refused:
        yield from wrap(terminal.text(f"refused: {', '.join(refused)}"), terminal, "    ")


def _summary(report: ScanReport, terminal: Terminal) -> Iterator[str]:
    counts = report.counts
    errors = sum(finding.level == "error" for finding in report.findings)
    warnings = len(report.findings) - errors
    hidden = [f"{report.known} known"] * bool(report.known) + [f"{report.skipped} skipped"] * bool(report.skipped)
    shown = f" ({', '.join(hidden)})" if hidden else ""
    found = f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}{shown}"
    asked = f"{counts.asked} asked in {report.scope}: {counts.allowed} allowed, {counts.denied} denied"
    pods = f"{counts.pods} pod{'s' * (counts.pods != 1)}"
    yield f"{terminal.style(found, 'bold')}; {asked}, {counts.unknown} unknown; {pods}"
