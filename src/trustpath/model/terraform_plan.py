"""What a Terraform plan is going to do, resource by resource."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct


class Unknown(Struct, frozen=True):
    """A value that Terraform knows only when it has applied the plan."""


UNKNOWN: Final = Unknown()


class PlannedResource(Struct, frozen=True):
    """A resource that is created, changed or deleted: ``before`` is None for a new one, ``after`` for one that goes.

    ``unknown`` has the form of ``after``, with True in the place of each value that is not known. ``provider`` is the
    key of the provider's configuration, which tells which account it is in: `aws` is the default one.
    """

    address: str
    type: str
    before: Mapping[str, object] | None
    after: Mapping[str, object] | None
    unknown: Mapping[str, object]
    provider: str = ""

    def value(self, key: str) -> object:
        """Return the planned value of an argument, None where it has none, UNKNOWN where all of it is."""
        if self.unknown.get(key) is True:
            return UNKNOWN
        return (self.after or {}).get(key)

    def text(self, key: str) -> str | Unknown:
        """Return a text, empty where there is none."""
        found = self.value(key)
        return UNKNOWN if found is UNKNOWN else "" if found is None else str(found)

    def old_text(self, key: str) -> str:
        """Return the text that an argument had before, empty where there was none."""
        found = (self.before or {}).get(key)
        return "" if found is None else str(found)

    def texts(self, key: str) -> tuple[str, ...] | Unknown:
        """Return a list of texts; it is not known where one of them is not."""
        found, unknown = self.value(key), self.unknown.get(key)
        if found is UNKNOWN or (isinstance(unknown, list) and any(unknown)):
            return UNKNOWN
        return tuple(str(item) for item in found) if isinstance(found, list) else ()

    def has_unknown(self, *keys: str) -> bool:
        """Return whether a value below one of some arguments is not known, of all arguments where none is named."""
        return any(_is_unknown(value) for key, value in self.unknown.items() if not keys or key in keys)


def _is_unknown(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_is_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(_is_unknown(item) for item in value)
    return value is True
