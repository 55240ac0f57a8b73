"""Points in time as Go's ``time.Parse`` reads them in the layout of ``X-Amz-Date``."""

import re
from datetime import UTC, datetime

from trustpath.engine.go_strings import quote

AMZ_DATE = "20060102T150405Z"
"""The layout as Go writes it: the parts of its reference time stand for year, month, day and so on."""

_PARTS = (
    ("2006", "", 0, 9999),
    ("01", "month", 1, 12),
    ("02", "", 0, 99),
    ("T", "", 0, 0),
    ("15", "hour", 0, 23),
    ("04", "minute", 0, 59),
    ("05", "second", 0, 59),
    ("Z", "", 0, 0),
)
_FRACTION = re.compile(r"[.,]([0-9]+)")


def parse_amz_date(text: str) -> datetime:
    """Return the time in UTC. Raises ValueError with Go's message.

    Seconds may have a fraction, though the layout has none.
    """
    rest = text
    numbers: list[int] = []
    microseconds = 0
    for part, name, low, high in _PARTS:
        piece, rest_after = rest[: len(part)], rest[len(part) :]
        number = part.isdigit()
        fits = len(piece) == len(part) and piece.isascii() and piece.isdigit() if number else piece == part
        if not fits:
            where = f"parsing time {quote(text)} as {quote(AMZ_DATE)}"
            raise ValueError(f"{where}: cannot parse {quote(rest)} as {quote(part)}")
        rest = rest_after
        if not number:
            continue
        numbers.append(int(piece))
        if not low <= numbers[-1] <= high:
            raise _out_of_range(text, name)
        fraction = _FRACTION.match(rest) if part == "05" else None
        if fraction:
            microseconds = int(fraction[1][:6].ljust(6, "0"))
            rest = rest[fraction.end() :]
    if rest:
        raise ValueError(f"parsing time {quote(text)}: extra text: {quote(rest)}")
    year, month, day, hour, minute, second = numbers
    try:
        # Python knows no year 0; a token of that year is as old as one of the year after.
        return datetime(year or 1, month, day, hour, minute, second, microseconds, tzinfo=UTC)
    except ValueError:
        raise _out_of_range(text, "day") from None


def _out_of_range(text: str, name: str) -> ValueError:
    return ValueError(f"parsing time {quote(text)}: {name} out of range")
