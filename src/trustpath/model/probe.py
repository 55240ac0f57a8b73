"""What a test pod found, beside what was predicted."""

from typing import Literal

from msgspec import Struct

from trustpath.model.trace import Outcome

SCHEMA_VERSION = "trustpath.dev/probe/v1"

Ending = Literal["ran", "not-created", "image", "unschedulable", "timeout", "refused"]
"""How the pod ended: ``image`` could not be pulled, ``refused`` that its output could not be read."""


class Output(Struct, frozen=True):
    """What one command in the pod printed, without what is secret in it."""

    command: str
    exit_code: int | None
    text: str


class Observed(Struct, frozen=True):
    """What came of the pod: how it ended, why, and what its commands printed."""

    ending: Ending
    said: str = ""
    outputs: tuple[Output, ...] = ()


class Compared(Struct, frozen=True):
    """One link of the way, as predicted and as seen; ``agrees`` is None where either is not known."""

    link: str
    predicted: str
    seen: str
    agrees: bool | None


class ProbeReport(Struct, frozen=True, rename="camel"):
    """The whole answer. ``outcome`` is what the pod showed, ``predicted`` what the facts said before."""

    schema_version: str
    subject: str
    pod: str
    outcome: Outcome
    predicted: Outcome
    summary: str
    links: tuple[Compared, ...]
    observed: Observed
    causes: tuple[str, ...] = ()
    left_behind: str = ""
