"""A lint report for people: what is wrong, in their own text, and one line of counts."""

from collections import Counter
from collections.abc import Iterator

from trustpath.model.lint import LintReport, LocatedFinding, Severity
from trustpath.render.snippet import snippet
from trustpath.render.terminal import Terminal
from trustpath.render.wrapping import wrap

_WORDS: dict[Severity, str] = {
    "error": "error",
    "security-warning": "security",
    "warning": "warning",
    "suggestion": "suggestion",
}
_STYLES = {
    "error": ("red", "bold"),
    "security-warning": ("yellow", "bold"),
    "warning": ("yellow",),
    "suggestion": ("blue",),
}


def render(report: LintReport, terminal: Terminal) -> str:
    """Return the text, ending with a line break."""
    lines: list[str] = []
    for finding in report.findings:
        lines += [*_finding(finding, terminal), ""]
    lines += _unknown(report, terminal)
    lines.append(_counts(report, terminal))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _finding(finding: LocatedFinding, terminal: Terminal) -> Iterator[str]:
    word = _WORDS[finding.severity]
    title = wrap(f"{word}[{finding.code}]: {terminal.text(finding.message)}", terminal, "    ")
    yield terminal.style(word, *_STYLES[finding.severity]) + title[0].lstrip().removeprefix(word)
    yield from title[1:]
    color = "red" if finding.severity == "error" else "yellow"
    yield from snippet(finding, terminal, color)


def _unknown(report: LintReport, terminal: Terminal) -> list[str]:
    found = []
    for document in report.documents:
        if document.iam_save == "unknown":
            place = terminal.text(document.file + (f" {document.path}" if document.path else ""))
            reason = terminal.text(document.iam_unknown)
            found += wrap(f"unknown: whether IAM would store {place} is not recorded: {reason}", terminal, "    ")
    return [*found, ""] if found else []


def _counts(report: LintReport, terminal: Terminal) -> str:
    number = len(report.documents)
    policies = f"{number} polic{'y' if number == 1 else 'ies'}"
    counts = Counter(finding.severity for finding in report.findings)
    refused = sum(document.iam_save == "rejected" for document in report.documents)
    parts = [
        f"{counts[severity]} {word if counts[severity] == 1 or word == 'security' else word + 's'}"
        for severity, word in _WORDS.items()
        if counts[severity]
    ]
    verdict = f"IAM would refuse {refused}" if refused else ""
    if not parts:
        good = all(document.iam_save == "accepted" for document in report.documents)
        return f"{policies}: {terminal.style('no findings', *(('green', 'bold') if good else ()))}"
    return f"{policies}: " + ", ".join([*parts, *([verdict] if verdict else [])])
