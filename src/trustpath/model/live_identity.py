"""What the cluster itself says of AWS identities, beside what the facts say."""

from typing import Literal

from msgspec import Struct

SCHEMA_VERSION = "trustpath.dev/whoami-live/v1"

Answer = Literal["known", "refused", "forbidden", "unreachable", "untrusted"]
"""What came of a try: ``refused`` is 401, ``forbidden`` 403, ``untrusted`` a certificate that nobody vouches for."""


class TriedIdentity(Struct, frozen=True, rename="camel"):
    """One identity: what the facts predict of it, and what the API server answered to a token of it.

    ``can`` is the API server's word on the asked request, empty where it was not asked. ``agrees`` is None where the
    facts or the try leave it open.
    """

    principal: str
    predicted: Literal["known", "refused", "unknown"]
    predicted_username: str
    answer: Answer
    said: str
    username: str = ""
    groups: tuple[str, ...] = ()
    can: Literal["", "allowed", "denied"] = ""
    reason: str = ""
    agrees: bool | None = None


class LiveIdentities(Struct, frozen=True, rename="camel"):
    """All of them, in the order in which they were named; ``request`` is what each was asked to do."""

    schema_version: str
    cluster: str
    request: str
    tried: tuple[TriedIdentity, ...]
