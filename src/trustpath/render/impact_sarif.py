"""What a change would do as SARIF 2.1.0: every result stands in the file of the change, as GitHub wants a place."""

from trustpath.model.impact import Impact
from trustpath.render.sarif_log import (
    Artifact,
    Configuration,
    Help,
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
from trustpath.render.scan_sarif import MOST_RESULTS

_RULES = (
    ("newly-denied", "error", "the change denies what was allowed"),
    ("granted", "warning", "the change grants a right"),
    ("newly-unknown", "note", "what the change does cannot be told"),
)
_CODES = [code for code, _, _ in _RULES]


def render(found: Impact, file: str) -> tuple[str, int]:
    """Return the log as JSON, ending with a line break, and how many results were left out of it."""
    told = [("newly-denied", item.subject, item.why) for item in found.changed if item.after == "denied"]
    told += [("granted", line, "would be granted") for line in found.granted]
    told += [("newly-unknown", item.subject, item.why) for item in found.changed if item.after == "unknown"]
    results = [_result(code, subject, why, file) for code, subject, why in told[:MOST_RESULTS]]
    rules = [Rule(code, Message(says), Configuration(level), help=Help(says, says)) for code, level, says in _RULES]
    return write(rules, results, "trustpath/impact/"), len(told) - len(results)


def _result(code: str, subject: str, why: str, file: str) -> Result:
    place = Location(Physical(Artifact(uri(file)), Region(1, 1, 2)), [Logical(subject)])
    index = _CODES.index(code)
    marks = {"trustpath/v1": f"{code}:{subject}"}
    return Result(code, index, _RULES[index][1], Message(f"{subject}: {why}"), [place], marks)
