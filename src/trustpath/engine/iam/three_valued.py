"""True, false, or not known: how partial answers combine (Kleene's strong logic).

Source: iam-evaluation 4.5. ``None`` stands for "not known".
"""

from collections.abc import Iterable

Truth = bool | None


def every(values: Iterable[Truth]) -> Truth:
    """Return false when one is false, else not known when one is not known, else true."""
    result: Truth = True
    for value in values:
        if value is False:
            return False
        if value is None:
            result = None
    return result


def some(values: Iterable[Truth]) -> Truth:
    """Return true when one is true, else not known when one is not known, else false."""
    result: Truth = False
    for value in values:
        if value is True:
            return True
        if value is None:
            result = None
    return result


def negate(value: Truth) -> Truth:
    """Return the opposite; not known stays not known."""
    return None if value is None else not value
