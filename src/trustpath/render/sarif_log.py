"""The parts of a SARIF 2.1.0 log that are written here."""

from pathlib import PurePath
from urllib.parse import quote

import msgspec
from msgspec import Struct, field

from trustpath import __version__

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


class Message(Struct):
    """A text."""

    text: str


class Help(Struct):
    """The help of a rule, plain and as Markdown."""

    text: str
    markdown: str


class Configuration(Struct):
    """The level of a rule: error, warning or note."""

    level: str


class Rule(Struct, rename="camel", omit_defaults=True):
    """What a result is an instance of."""

    id: str
    short_description: Message
    default_configuration: Configuration
    help_uri: str = ""
    help: Help | None = None
    properties: dict[str, object] = field(default_factory=dict)


class Driver(Struct, rename="camel"):
    """The program and its rules."""

    name: str
    semantic_version: str
    rules: list[Rule]


class Tool(Struct):
    """What made the log."""

    driver: Driver


class Artifact(Struct):
    """A file."""

    uri: str


class Region(Struct, rename="camel"):
    """A place in a file; lines and columns count from 1."""

    start_line: int
    start_column: int
    end_column: int


class Physical(Struct, rename="camel", omit_defaults=True):
    """A file, and a place in it."""

    artifact_location: Artifact
    region: Region | None = None


class Logical(Struct, rename="camel"):
    """What stands there, by its own name."""

    fully_qualified_name: str


class Location(Struct, rename="camel", omit_defaults=True):
    """Where something is."""

    physical_location: Physical
    logical_locations: list[Logical] = field(default_factory=list)
    message: Message | None = None


class Step(Struct):
    """One step of a flow."""

    location: Location


class Flow(Struct):
    """Steps in their order."""

    locations: list[Step]


class CodeFlow(Struct, rename="camel"):
    """The way to a result."""

    thread_flows: list[Flow]


class Result(Struct, rename="camel", omit_defaults=True):
    """One finding."""

    rule_id: str
    rule_index: int
    level: str
    message: Message
    locations: list[Location]
    partial_fingerprints: dict[str, str] = field(default_factory=dict)
    code_flows: list[CodeFlow] = field(default_factory=list)


class Details(Struct):
    """Which run this is among others of the same code."""

    id: str


class Run(Struct, rename="camel", omit_defaults=True):
    """What one program found."""

    tool: Tool
    results: list[Result]
    column_kind: str
    automation_details: Details | None = None


class _Log(Struct):
    version: str
    runs: list[Run]
    schema: str = field(name="$schema", default=_SCHEMA)


def write(rules: list[Rule], results: list[Result], run: str = "") -> str:
    """Return the log of one run as JSON, ending with a line break."""
    tool = Tool(Driver("trustpath", __version__, rules))
    log = _Log("2.1.0", [Run(tool, results, "unicodeCodePoints", Details(run) if run else None)])
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode() + "\n"


def uri(file: str) -> str:
    """Return the address of a file: relative where its name is."""
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
