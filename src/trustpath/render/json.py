"""The answer as JSON, ``trustpath.dev/trace/v1``."""

import msgspec

from trustpath.model.trace import Trace


def render(trace: Trace) -> str:
    """Return the document, indented for people and ending with a line break."""
    return msgspec.json.format(msgspec.json.encode(trace), indent=2).decode() + "\n"
