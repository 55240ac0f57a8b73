"""Whether the authenticator takes a token, step by step (T1 to T14).

A token is a pre-signed call of sts:GetCallerIdentity. Only STS can tell whether its signature is right:
that step (T13 l) is not judged here. What could be used to sign in is not kept.
"""

import re
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from trustpath.engine import go_url
from trustpath.engine.eks.sts_hosts import refused_host
from trustpath.engine.go_strings import quote
from trustpath.engine.go_time import AMZ_DATE, parse_amz_date

PREFIX = "k8s-aws-v1."
LIFETIME = timedelta(minutes=15)
"""How long a token is good after its ``X-Amz-Date``, whatever its ``X-Amz-Expires`` says (T3)."""

_MAX_LENGTH = 4096
_CLUSTER_HEADER = "x-k8s-aws-id"
_NUMBER = re.compile(r"[+-]?[0-9]+")
_ALPHABET = re.compile(r"[A-Za-z0-9_-]")
_LAST = datetime(9999, 12, 31, tzinfo=UTC)
_PARAMETERS = frozenset(
    {
        "action",
        "version",
        "x-amz-algorithm",
        "x-amz-credential",
        "x-amz-date",
        "x-amz-expires",
        "x-amz-security-token",
        "x-amz-signature",
        "x-amz-signedheaders",
    }
)


class Token(Struct, frozen=True):
    """What a token says of itself. ``signing_region`` and ``access_key_id`` come from its credential scope."""

    host: str
    access_key_id: str
    signing_region: str
    signed_at: datetime
    expires_at: datetime


class Refused(Struct, frozen=True):
    """The authenticator's answer: the letter of the step in T13, and its message."""

    step: str
    error: str


class _RefusedError(Exception):
    def __init__(self, step: str, error: str) -> None:
        super().__init__(error)
        self.refused = Refused(step, f"input token was not properly formatted: {error}")


def verify(token: str, partition: str, region: str, now: datetime) -> Token | Refused:
    """Judge a token as a cluster of this partition and region does at ``now``, up to the question to STS."""
    try:
        return _verify(token, partition, region, now)
    except _RefusedError as refusal:
        return refusal.refused


def _verify(token: str, partition: str, region: str, now: datetime) -> Token:
    if len(token.encode(errors="surrogatepass")) > _MAX_LENGTH:
        raise _RefusedError("a", "token is too large")
    if not token.startswith(PREFIX):
        raise _RefusedError("b", f"token is missing expected {quote(PREFIX)} prefix")
    try:
        url = go_url.parse(_decode(token.removeprefix(PREFIX)))
    except ValueError as error:
        raise _RefusedError("c", str(error)) from None
    if url.scheme != "https":
        raise _RefusedError("d", f"unexpected scheme {quote(url.scheme)} in pre-signed URL")
    refused = refused_host(url.host, partition, region)
    if refused:
        raise _RefusedError("e", refused)
    if url.path != "/":
        raise _RefusedError("f", "unexpected path in pre-signed URL")
    parameters = _parameters(url.query)
    if parameters.get("action") != "GetCallerIdentity":
        raise _RefusedError("h", "unexpected action parameter in pre-signed URL")
    if _CLUSTER_HEADER not in parameters.get("x-amz-signedheaders", "").lower().split(";"):
        raise _RefusedError("i", f"client did not sign the {_CLUSTER_HEADER} header in the pre-signed URL")
    _check_expires(parameters.get("x-amz-expires", ""))
    signed_at = _signed_at(parameters.get("x-amz-date", ""))
    expires_at = signed_at + LIFETIME if signed_at < _LAST else signed_at
    if now > expires_at:
        fraction = f".{signed_at.microsecond:06}".rstrip("0").rstrip(".")
        when = f"{signed_at:%Y-%m-%d %H:%M:%S}{fraction} +0000 UTC"
        raise _RefusedError("k", f"X-Amz-Date parameter is expired (15 minute expiration) {when}")
    scope = [*parameters.get("x-amz-credential", "").split("/"), "", ""]
    return Token(url.host, scope[0], scope[2], signed_at, expires_at)


def _decode(text: str) -> str:
    """Decode base64url without padding as Go does: line ends are skipped, bits that are left over too."""
    bits = count = 0
    decoded = bytearray()
    data = text.encode(errors="surrogatepass").decode("latin-1")
    last = 0
    for index, character in enumerate(data):
        if character in "\r\n":
            continue
        if not _ALPHABET.match(character):
            raise ValueError(f"illegal base64 data at input byte {index}")
        last = index
        bits = bits << 6 | _SEXTETS[character]
        count += 1
        if count == 4:
            decoded += bits.to_bytes(3, "big")
            bits = count = 0
    if count == 1:
        raise ValueError(f"illegal base64 data at input byte {last}")
    if count:
        decoded += (bits << 6 * (4 - count)).to_bytes(3, "big")[: count - 1]
    return decoded.decode("latin-1")


_SEXTETS = {
    character: value
    for value, character in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
}


def _parameters(query: str) -> dict[str, str]:
    """Return the parameters by their names in lower case; each may stand once (T13 g)."""
    try:
        values = go_url.parse_query(query)
    except go_url.UrlError:
        raise _RefusedError("g", "malformed query parameter") from None
    found: dict[str, str] = {}
    for key in values:
        if key.lower() in found:
            raise _RefusedError("g", f"duplicate query parameter found: {quote(key)}")
        found[key.lower()] = values[key][0]
    for key, content in values.items():
        if key.lower() not in _PARAMETERS:
            raise _RefusedError("g", f"non-whitelisted query parameter {quote(key)}")
        if len(content) != 1:
            raise _RefusedError("g", "query parameter with multiple values not supported")
    return found


def _check_expires(text: str) -> None:
    number = int(text) if _NUMBER.fullmatch(text) else 0
    if not _NUMBER.fullmatch(text) or not 0 <= number <= 900:
        shown = max(-(2**63), min(number, 2**63 - 1))
        raise _RefusedError("j", f"invalid X-Amz-Expires parameter in pre-signed URL: {shown}")


def _signed_at(text: str) -> datetime:
    if not text:
        raise _RefusedError("k", "X-Amz-Date parameter must be present in pre-signed URL")
    try:
        return parse_amz_date(text)
    except ValueError as error:
        problem = f"error parsing X-Amz-Date parameter {text} into format {AMZ_DATE}: {error}"
        raise _RefusedError("k", problem) from None
