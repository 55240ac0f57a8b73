"""What a change would do to every question of a scan."""

from msgspec import Struct

from trustpath.model.trace import Outcome, Unread

SCHEMA_VERSION = "trustpath.dev/impact/v1"


class Verdict(Struct, frozen=True, rename="camel"):
    """A subject that is answered otherwise after the change. ``why`` is the sentence of the answer after it."""

    subject: str
    before: Outcome
    after: Outcome
    why: str


class Impact(Struct, frozen=True, rename="camel"):
    """All subjects whose answer changes, and all rights of RBAC that come or go. ``accepted`` grants are left out.

    ``not_looked_at`` are resources of a plan that may matter and that nobody reads.
    """

    schema_version: str
    changed: tuple[Verdict, ...]
    granted: tuple[str, ...]
    revoked: tuple[str, ...]
    unchanged: int
    accepted: int = 0
    not_looked_at: tuple[str, ...] = ()
    left_out: tuple[Unread, ...] = ()

    @property
    def is_bad(self) -> bool:
        """Return whether somebody is newly denied, or more is granted than was accepted."""
        return bool(self.granted) or any(item.after == "denied" for item in self.changed)
