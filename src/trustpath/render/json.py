"""An answer or a report as JSON; the document names its own schema."""

import msgspec


def render(document: msgspec.Struct) -> str:
    """Return the document, indented for people and ending with a line break."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
