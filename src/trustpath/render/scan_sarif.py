"""A scan as SARIF 2.1.0, within the limits of GitHub's code scanning.

GitHub refuses a whole file where one result has no place in a file: findings of a live cluster stand in none, and are
left out and counted, unless the scan was of files.
"""

from pathlib import PurePath
from urllib.parse import quote

import msgspec
from msgspec import Struct, field

from trustpath import __version__
from trustpath.model.scan import Finding, ScanReport
from trustpath.model.trace import Evidence, Link

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_MOST_RESULTS = 25_000
_SECURITY = {"error": "6.0", "warning": "3.0"}


class _Message(Struct):
    text: str


class _Markdown(Struct):
    text: str
    markdown: str


class _Configuration(Struct):
    level: str


class _Rule(Struct, rename="camel"):
    id: str
    short_description: _Message
    help_uri: str
    help: _Markdown
    default_configuration: _Configuration
    properties: dict[str, object]


class _Driver(Struct, rename="camel"):
    name: str
    semantic_version: str
    rules: list[_Rule]


class _Tool(Struct):
    driver: _Driver


class _Artifact(Struct):
    uri: str


class _Region(Struct, rename="camel"):
    start_line: int
    start_column: int
    end_column: int


class _Physical(Struct, rename="camel", omit_defaults=True):
    artifact_location: _Artifact
    region: _Region | None = None


class _Logical(Struct, rename="camel"):
    fully_qualified_name: str


class _Location(Struct, rename="camel", omit_defaults=True):
    physical_location: _Physical
    logical_locations: list[_Logical] = field(default_factory=list)
    message: _Message | None = None


class _Step(Struct):
    location: _Location


class _Flow(Struct):
    locations: list[_Step]


class _CodeFlow(Struct, rename="camel"):
    thread_flows: list[_Flow]


class _Result(Struct, rename="camel", omit_defaults=True):
    rule_id: str
    rule_index: int
    level: str
    message: _Message
    locations: list[_Location]
    partial_fingerprints: dict[str, str]
    code_flows: list[_CodeFlow] = field(default_factory=list)


class _Details(Struct):
    id: str


class _Run(Struct, rename="camel"):
    tool: _Tool
    results: list[_Result]
    automation_details: _Details
    column_kind: str = "unicodeCodePoints"


class _Log(Struct):
    version: str
    runs: list[_Run]
    schema: str = field(name="$schema", default=_SCHEMA)


def render(report: ScanReport, sources: tuple[str, ...]) -> tuple[str, int]:
    """Return the log as JSON, ending with a line break, and how many findings were left out of it.

    ``sources`` are the files of the scan: what stands in a saved snapshot is shown at that file.
    """
    fallback = next((name for name in sources if PurePath(name).suffix), "")
    results: list[_Result] = []
    codes = sorted({finding.id for finding in report.findings})
    for finding in report.findings:
        place = _place(finding.evidence[0] if finding.evidence else None, fallback)
        if place is not None and len(results) < _MOST_RESULTS:
            results.append(_result(finding, codes.index(finding.id), place, fallback))
    rules = [_rule(code, next(item for item in report.findings if item.id == code)) for code in codes]
    run = _Run(_Tool(_Driver("trustpath", __version__, rules)), results, _Details("trustpath/scan/"))
    text = msgspec.json.format(msgspec.json.encode(_Log("2.1.0", [run])), indent=2).decode() + "\n"
    return text, len(report.findings) - len(results)


def _rule(code: str, finding: Finding) -> _Rule:
    title = code.replace("-", " ").capitalize()
    help_text = f"{(finding.explanation or title).removesuffix('.')}. trustpath explain {code}"
    shown = f"{finding.explanation or title}\n\n`trustpath explain {code}`"
    properties: dict[str, object] = {"tags": ["security"], "security-severity": _SECURITY[finding.level]}
    docs = finding.docs or "https://trustpath.dev/causes/"
    return _Rule(code, _Message(title), docs, _Markdown(help_text, shown), _Configuration(finding.level), properties)


def _result(finding: Finding, index: int, place: _Location, fallback: str) -> _Result:
    pods = f" ({len(finding.subjects)} pods)" if len(finding.subjects) > 1 else ""
    message = _Message(f"{finding.subject}{pods}: {finding.title}")
    located = msgspec.structs.replace(place, logical_locations=[_Logical(finding.subject)])
    steps = [step for link in finding.links if (step := _step(link, fallback)) is not None]
    flows = [_CodeFlow([_Flow(steps)])] if steps else []
    return _Result(finding.id, index, finding.level, message, [located], {"trustpath/v1": finding.fingerprint}, flows)


def _step(link: Link, fallback: str) -> _Step | None:
    place = _place(link.evidence[0] if link.evidence else None, fallback)
    if place is None or link.state in ("not-reached", "not-applicable"):
        return None
    return _Step(msgspec.structs.replace(place, message=_Message(f"{link.id}: {link.state}: {link.says}")))


def _place(evidence: Evidence | None, fallback: str) -> _Location | None:
    if evidence is not None and evidence.line:
        end = evidence.column + max(evidence.mark_length, 1)
        return _Location(_Physical(_Artifact(_uri(evidence.source)), _Region(evidence.line, evidence.column, end)))
    return _Location(_Physical(_Artifact(_uri(fallback)), _Region(1, 1, 2))) if fallback else None


def _uri(file: str) -> str:
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
