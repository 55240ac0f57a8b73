"""The answer to "what is wrong with this token". The token itself is not in it."""

from typing import Literal

from msgspec import Struct

SCHEMA_VERSION = "trustpath.dev/token/v1"


class TokenStep(Struct, frozen=True):
    """One step of the authenticator's check, in its order (T13), by the letter that the step has there."""

    step: str
    title: str
    state: Literal["ok", "broken", "unknown", "not-reached"]
    says: str = ""


class TokenReport(Struct, frozen=True, rename="camel"):
    """What a token says and how the authenticator takes it, up to the question to STS, which alone can end it.

    ``outcome`` is denied, or unknown where only STS can tell. Times are UTC. ``credentials`` is temporary or
    long-term, by the kind of access key. ``cause`` is the id of the cause, empty for none.
    """

    schema_version: str
    outcome: Literal["denied", "unknown"]
    summary: str
    host: str
    signing_region: str
    signed_at: str
    expires_at: str
    credentials: str
    steps: tuple[TokenStep, ...]
    cause: str
