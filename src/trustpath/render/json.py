"""An answer or a report as JSON; the document names its own schema."""

import msgspec

from trustpath.model.lint import LintReport
from trustpath.model.trace import Trace
from trustpath.model.who_can import WhoCan


def render(document: Trace | LintReport | WhoCan) -> str:
    """Return the document, indented for people and ending with a line break."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
