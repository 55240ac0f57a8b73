"""What a condition's text says as a number, a date, an address or an ARN.

Source: iam-evaluation 3, mostly recorded answers of AWS. Every reader returns None for a text that is not
of its type.
"""

import ipaddress
import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from msgspec import Struct

_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,4})?")
_EPOCH_SECONDS = re.compile(r"[-+]?[0-9]{1,18}")
_DATE = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[Tt]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?\s?([Zz]|[-+][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_NUMBER = 400


def number(text: str) -> Decimal | None:
    """Return an exact decimal: ``01``, ``+1``, ``1.`` and ``1e0`` are 1; ``NaN`` and ``Infinity`` are none."""
    return Decimal(text) if len(text) <= _LONGEST_NUMBER and _NUMBER.fullmatch(text) else None


def date(text: str) -> int | None:
    """Return milliseconds since 1970 of an ISO 8601 date or of epoch seconds; what is finer is cut off."""
    if _EPOCH_SECONDS.fullmatch(text):
        return int(text) * 1000
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    fraction, zone = match[7], match[8]
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=_zone(zone))
    except ValueError:
        return None
    milliseconds = int(f"{fraction or ''}000"[:3])
    return (moment - _EPOCH) // timedelta(milliseconds=1) + milliseconds


def _zone(text: str | None) -> timezone:
    # A date without a zone is in UTC (recorded).
    if text is None or text in "Zz":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:]) if len(text) > 3 else 0
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)


class Network(Struct, frozen=True):
    """A range of addresses of one family. ``empty``: an IPv6 network with host bits, which matches nothing."""

    version: int
    first: int
    bits: int
    empty: bool = False

    def covers(self, address: tuple[int, int]) -> bool:
        """Return whether an address (version, number) is in the range."""
        version, value = address
        width = 32 if version == 4 else 128
        return version == self.version and not self.empty and value >> (width - self.bits) == self.first


def network(text: str) -> Network | None:
    """Return the range of a CIDR or a single address. IPv4 host bits are ignored, IPv6 ones match nothing."""
    literal, slash, prefix = text.partition("/")
    parsed = _ipv4(literal)
    version, width = (4, 32) if parsed is not None else (6, 128)
    if parsed is None:
        parsed = _ipv6(literal)
    if parsed is None:
        return None
    bits = width
    if slash:
        # Leading zeros and a plus are accepted (recorded).
        if not re.fullmatch(r"\+?[0-9]{1,9}", prefix) or int(prefix) > width:
            return None
        bits = int(prefix)
    first = parsed >> (width - bits)
    return Network(version, first, bits, empty=version == 6 and first << (width - bits) != parsed)


def address(text: str) -> tuple[int, int] | None:
    """Return an address as (version, number). An IPv4 address written as IPv6 is one of IPv4."""
    four = _ipv4(text)
    if four is not None:
        return 4, four
    six = _ipv6(text)
    if six is None:
        return None
    return (4, six & 0xFFFFFFFF) if six >> 32 == 0xFFFF else (6, six)


def _ipv4(text: str) -> int | None:
    parts = text.split(".")
    if len(parts) != 4 or not all(re.fullmatch(r"[0-9]{1,9}", part) and int(part) < 256 for part in parts):
        return None
    return int.from_bytes(bytes(int(part) for part in parts), "big")


def _ipv6(text: str) -> int | None:
    # Spellings beyond the standard that AWS reads (recorded): an ignored colon at the end, one empty group
    # at the start that is a zero, and a third colon beside the two of a run of zeros.
    if len(text) > 64 or ":" not in text:
        return None
    if text.endswith(":") and not text.endswith("::"):
        text = text[:-1]
    if text.startswith(":") and not text.startswith("::"):
        text = "0" + text
    text = re.sub(r"(?<!:):::(?!:)", "::", text, count=1)
    try:
        return int(ipaddress.IPv6Address(text))
    except ValueError:
        return None


_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def is_base64(text: str) -> bool:
    """Return whether a text is base64 with its padding."""
    return _BASE64.fullmatch(text) is not None


def arn(text: str) -> tuple[str, ...] | None:
    """Return the six parts of an ARN; the sixth keeps its colons."""
    parts = text.split(":", 5)
    return tuple(parts) if len(parts) == 6 and parts[0] == "arn" else None
