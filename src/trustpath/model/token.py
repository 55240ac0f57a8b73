"""The claims of a service account token. The token itself is never kept."""

import base64
import binascii
import re

import msgspec

JWT = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*")


class TokenClaims(msgspec.Struct, frozen=True):
    """What decides at STS (W21): issuer, subject, audiences and the end of life in epoch seconds."""

    issuer: str
    subject: str
    audiences: tuple[str, ...]
    expires_at: int | None


class _Payload(msgspec.Struct):
    iss: str = ""
    sub: str = ""
    aud: str | list[str] | None = None
    exp: float | None = None


def decode_claims(token: str) -> TokenClaims | None:
    """Return the claims of a JWT without checking its signature, or None when it is no JWT."""
    parts = token.strip().split(".")
    if len(parts) != 3:
        return None
    try:
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        claims = msgspec.json.decode(payload, type=_Payload)
    except (binascii.Error, ValueError, RecursionError):
        return None
    audiences = (claims.aud,) if isinstance(claims.aud, str) else tuple(claims.aud or ())
    expires_at = None if claims.exp is None else int(claims.exp)
    return TokenClaims(claims.iss, claims.sub, audiences, expires_at)
