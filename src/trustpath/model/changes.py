"""What differs between two snapshots."""

from typing import Literal

from msgspec import Struct

SCHEMA_VERSION = "trustpath.dev/changes/v1"


class Field(Struct, frozen=True):
    """A value that changed: where, from what, to what. Empty means that it is not there."""

    path: str
    before: str
    after: str


class Change(Struct, frozen=True):
    """A thing, named by the command that prints it, that is new, gone or changed."""

    kind: Literal["new", "gone", "changed"]
    what: str
    fields: tuple[Field, ...] = ()


class Changes(Struct, frozen=True, rename="camel"):
    """All of them, sorted by name. ``unread`` is what only one side has and the other was not given."""

    schema_version: str
    changes: tuple[Change, ...]
    unread: tuple[str, ...] = ()
