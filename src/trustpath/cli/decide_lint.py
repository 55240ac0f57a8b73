"""``trustpath decide lint``: policy documents as JSON lines, and what IAM and Access Analyzer say of them."""

from typing import Literal

import msgspec
from msgspec import Raw, Struct

from trustpath.facts.policy_documents import PolicyText
from trustpath.facts.positions import Outline, Places
from trustpath.lint import lint
from trustpath.model.lint import LocatedFinding
from trustpath.model.source import Source


class _Question(Struct):
    document: str
    kind: Literal["identity", "trust", "scp", "rcp", "resource"] = "identity"


def answer(line: Raw) -> dict[str, object]:
    """Answer one line. Raises ValueError (msgspec's) with one sentence where the line has another shape."""
    question = msgspec.json.decode(line, type=_Question)
    data = question.document.encode(errors="surrogatepass")
    places = Places({"document": data}, {("document", 0): Outline(0, len(data), [])})
    report = lint([PolicyText(question.document, Source("document"), question.kind)], places)
    document = report.documents[0]
    return {
        "iam_save": document.iam_save,
        "iam_message": document.iam_message,
        "findings": [_finding(item) for item in document.findings if item.source == "access-analyzer"],
        "mistakes": [_finding(item) for item in document.findings if item.source != "access-analyzer"],
    }


def _finding(item: LocatedFinding) -> dict[str, object]:
    return {
        "code": item.code,
        "message": item.message,
        "path": item.path,
        "line": item.line,
        "column": item.column,
    }
