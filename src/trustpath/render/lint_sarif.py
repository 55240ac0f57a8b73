"""SARIF 2.1.0, for code scanning: one run, a rule for each code that was found."""

from trustpath.model.lint import LintReport, LocatedFinding
from trustpath.render.sarif_log import (
    Artifact,
    Configuration,
    Location,
    Logical,
    Message,
    Physical,
    Region,
    Result,
    Rule,
    uri,
    write,
)

_LEVELS = {"error": "error", "security-warning": "warning", "warning": "warning", "suggestion": "note"}
_ACCESS_ANALYZER = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
    "#access-analyzer-reference-policy-checks-"
)


def render(report: LintReport) -> str:
    """Return the log as JSON, ending with a line break."""
    codes = {finding.code: finding for finding in reversed(report.findings)}
    order = sorted(codes)
    rules = [_rule(codes[code]) for code in order]
    results = [_result(finding, order.index(finding.code)) for finding in report.findings]
    return write(rules, results)


def _rule(finding: LocatedFinding) -> Rule:
    title = finding.code.replace("_", " ").replace("-", " ").capitalize()
    security: dict[str, object] = {"tags": ["security"]} if finding.severity == "security-warning" else {}
    link = ""
    if finding.source == "access-analyzer":
        kind = {"warning": "general-warning"}.get(finding.severity, finding.severity)
        link = f"{_ACCESS_ANALYZER}{kind}-{finding.code.lower().replace('_', '-')}"
    return Rule(finding.code, Message(title), Configuration(_LEVELS[finding.severity]), link, properties=security)


def _result(finding: LocatedFinding, index: int) -> Result:
    region = None
    if finding.line:
        region = Region(finding.line, finding.column, finding.column + max(finding.length, 1))
    physical = Physical(Artifact(uri(finding.file)), region)
    logical = [Logical(finding.path or "/")]
    message = Message(finding.message)
    return Result(finding.code, index, _LEVELS[finding.severity], message, [Location(physical, logical)])
