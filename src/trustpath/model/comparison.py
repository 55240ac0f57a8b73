"""The answer to "why may this one and not that one"."""

from msgspec import Struct

from trustpath.model.trace import Trace

SCHEMA_VERSION = "trustpath.dev/compare/v1"


class Comparison(Struct, frozen=True, rename="camel"):
    """Two answers to one request. ``first_difference`` is the id of the first link that differs, empty for none."""

    schema_version: str
    first_difference: str
    first: Trace
    second: Trace


def compare(first: Trace, second: Trace) -> Comparison:
    """Return both answers with the first link whose state is another, else whose finding is."""
    pairs = list(zip(first.links, second.links, strict=True))
    by_state = [one.id for one, other in pairs if one.state != other.state]
    by_finding = [one.id for one, other in pairs if one.says != other.says]
    return Comparison(SCHEMA_VERSION, (by_state or by_finding or [""])[0], first, second)
