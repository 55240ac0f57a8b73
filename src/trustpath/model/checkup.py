"""What a look at one's own rights found."""

from typing import Literal

from msgspec import Struct

SCHEMA_VERSION = "trustpath.dev/doctor/v1"


class Check(Struct, frozen=True):
    """One check, in positive words. ``missing`` is what nobody can say without it, ``said`` the server's own text.

    ``untried`` is what only a thing that a question names could show.
    """

    of: Literal["cluster", "aws"]
    name: str
    state: Literal["ok", "no", "unknown", "untried"]
    said: str = ""
    missing: str = ""


class Checkup(Struct, frozen=True, rename="camel"):
    """All checks of a command's needs, and whom cluster and AWS take the caller for."""

    schema_version: str
    command: str
    user: str
    groups: tuple[str, ...]
    caller: str
    checks: tuple[Check, ...]
