"""A fact is known, absent, refused or not collected; never an empty list for "could not read".

Source of the rule: design.md, "Snapshot and honesty".
"""

from typing import Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")


class Known(Struct, Generic[T], frozen=True):
    """The fact was read."""

    value: T


class Absent(Struct, frozen=True):
    """Looked for and not there.

    ``shown_by`` names what proves it. ``implied`` is true where no answer lists the kind and only the
    rule for dumps says so (a dump that holds Kubernetes objects holds all kinds): weaker than a list.
    """

    what: str
    shown_by: str
    implied: bool = False


class Denied(Struct, frozen=True):
    """The reader was refused; ``permission`` is what would show the fact."""

    what: str
    permission: str
    command: str = ""


class NotCollected(Struct, frozen=True):
    """Nobody looked, or whoever looked got no answer: ``why``. ``command`` collects the fact."""

    what: str
    command: str
    why: str = ""


def known_after(address: str) -> str:
    """Return why a fact is missing that a plan makes or changes: its value is known when the plan has been applied."""
    return f"it is known only when {address} has been applied"


Missing = Denied | NotCollected
"""A fact that may be there: a verdict that needs it is unknown."""

Fact = Known[T] | Absent | Denied | NotCollected
