"""SARIF 2.1.0, for code scanning: one run, a rule for each code that was found."""

from pathlib import PurePath
from urllib.parse import quote

import msgspec
from msgspec import Struct, field

from trustpath import __version__
from trustpath.model.lint import LintReport, LocatedFinding

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "security-warning": "warning", "warning": "warning", "suggestion": "note"}
_ACCESS_ANALYZER = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
    "#access-analyzer-reference-policy-checks-"
)


class _Message(Struct):
    text: str


class _Configuration(Struct):
    level: str


class _Rule(Struct, rename="camel", omit_defaults=True):
    id: str
    short_description: _Message
    default_configuration: _Configuration
    help_uri: str = ""
    properties: dict[str, list[str]] = field(default_factory=dict)


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


class _Location(Struct, rename="camel"):
    physical_location: _Physical
    logical_locations: list[_Logical]


class _Result(Struct, rename="camel"):
    rule_id: str
    rule_index: int
    level: str
    message: _Message
    locations: list[_Location]


class _Run(Struct, rename="camel"):
    tool: _Tool
    results: list[_Result]
    column_kind: str = "unicodeCodePoints"


class _Log(Struct):
    version: str
    runs: list[_Run]
    schema: str = field(name="$schema", default=_SCHEMA)


def render(report: LintReport) -> str:
    """Return the log as JSON, ending with a line break."""
    codes = {finding.code: finding for finding in reversed(report.findings)}
    order = sorted(codes)
    rules = [_rule(codes[code]) for code in order]
    results = [_result(finding, order.index(finding.code)) for finding in report.findings]
    driver = _Driver("trustpath", __version__, rules)
    log = _Log("2.1.0", [_Run(_Tool(driver), results)])
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode() + "\n"


def _rule(finding: LocatedFinding) -> _Rule:
    title = finding.code.replace("_", " ").replace("-", " ").capitalize()
    security = {"tags": ["security"]} if finding.severity == "security-warning" else {}
    link = ""
    if finding.source == "access-analyzer":
        kind = {"warning": "general-warning"}.get(finding.severity, finding.severity)
        link = f"{_ACCESS_ANALYZER}{kind}-{finding.code.lower().replace('_', '-')}"
    return _Rule(finding.code, _Message(title), _Configuration(_LEVELS[finding.severity]), link, security)


def _result(finding: LocatedFinding, index: int) -> _Result:
    region = None
    if finding.line:
        region = _Region(finding.line, finding.column, finding.column + max(finding.length, 1))
    physical = _Physical(_Artifact(_uri(finding.file)), region)
    logical = [_Logical(finding.path or "/")]
    message = _Message(finding.message)
    return _Result(finding.code, index, _LEVELS[finding.severity], message, [_Location(physical, logical)])


def _uri(file: str) -> str:
    path = PurePath(file)
    text = path.as_posix()
    return path.as_uri() if path.is_absolute() else quote(text)
