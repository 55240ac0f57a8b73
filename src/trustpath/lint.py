"""From the checks' findings to a report: places in files, one entry per document."""

from trustpath.engine.iam.refusals import Refusal
from trustpath.engine.iam.service_reference import data_version
from trustpath.engine.policy_lint.check import Report, check
from trustpath.engine.policy_lint.finding import Finding
from trustpath.facts.policy_documents import PolicyText
from trustpath.facts.positions import Places
from trustpath.model.lint import SCHEMA_VERSION, FindingSource, LintedDocument, LintReport, LocatedFinding

_MOST_EXCERPT = 200
REFUSED = "IAM_REFUSES"
"""The code of a refusal that Access Analyzer has no name for."""


def lint(documents: list[PolicyText], places: Places) -> LintReport:
    """Check documents and return the report."""
    return LintReport(SCHEMA_VERSION, data_version(), tuple(_document(document, places) for document in documents))


def _document(document: PolicyText, places: Places) -> LintedDocument:
    report = check(document.kind, document.text)
    return LintedDocument(
        document.source.file,
        document.source.pointer,
        document.kind,
        report.save,
        report.refusal.message if report.refusal else None,
        tuple(_findings(document, report, places)),
        report.refusal.problem if report.refusal and report.save == "unknown" else "",
    )


def _findings(document: PolicyText, report: Report, places: Places) -> list[LocatedFinding]:
    found = []
    # Where the text is no JSON, that is the one thing to say.
    unreadable = any(finding.code == "JSON_SYNTAX_ERROR" for finding in report.findings)
    if report.refusal is not None and report.refusal.verdict == "rejected" and not unreadable:
        found.append(_located(document, _refusal(report.refusal), "iam", places))
    found += [_located(document, finding, "access-analyzer", places) for finding in report.findings]
    found += [_located(document, finding, "trustpath", places) for finding in report.mistakes]
    return found


def _refusal(refused: Refusal) -> Finding:
    message = f"{refused.message} ({refused.problem})" if refused.message else f"IAM would refuse it: {refused.problem}"
    return Finding(refused.code or REFUSED, "error", message, refused.path)


def _located(document: PolicyText, finding: Finding, source: FindingSource, places: Places) -> LocatedFinding:
    # Parts of a document that stands as a text in a text have no line of their own: the text has.
    whole, part = document.source, document.source.at(*finding.path)
    position = places.find(whole if document.quoted else part, key=finding.on_key)
    line, column, length, excerpt = 0, 0, 0, ""
    if position is not None:
        line, column, length, excerpt = position.line, position.column, position.length, position.text
    if finding.at != (0, 0) and not document.quoted and not whole.path:
        line, column = finding.at
        excerpt, length = places.line(whole.file, line), 1
    # Minified documents are one line: a report that repeats it with each finding grows with its square.
    first = max(column - 1 - _MOST_EXCERPT, 0)
    excerpt = excerpt[first : column - 1 + _MOST_EXCERPT]
    return LocatedFinding(
        finding.code,
        finding.severity,
        finding.message,
        source,
        whole.file,
        part.pointer,
        line,
        column,
        length,
        excerpt,
        first + 1,
    )
