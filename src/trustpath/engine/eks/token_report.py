"""How the authenticator takes a token, told step by step (T13)."""

from datetime import UTC, datetime, timedelta

from trustpath.engine.eks.token import LIFETIME, PREFIX, Refused, Token, verify
from trustpath.model.token_report import SCHEMA_VERSION, TokenReport, TokenStep

_STEPS = (
    ("a", "at most 4096 bytes"),
    ("b", f"starts with {PREFIX}"),
    ("c", "base64url without padding, and a URL in it"),
    ("d", "the URL is https"),
    ("e", "its host is STS of the cluster's partition"),
    ("f", "its path is /"),
    ("g", "its parameters are the known ones, each once"),
    ("h", "it asks GetCallerIdentity"),
    ("i", "the cluster's name is among the signed headers"),
    ("j", "X-Amz-Expires is 0 to 900"),
    ("k", "it was signed in the last 15 minutes"),
    ("l", "STS answers, and the signature is for this cluster's name"),
)
_CAUSES = {"e": "token-wrong-partition", "k": "token-expired"}
_EARLY = datetime(1, 1, 1, tzinfo=UTC)


def report(token: str, partition: str, region: str, now: datetime) -> TokenReport:
    """Return the report. ``now`` is the server's clock; ``partition`` and ``region`` are the cluster's."""
    result = verify(token, partition, region, now)
    # An old token is read all the same: its date is what matters then.
    claims = result if isinstance(result, Token) else verify(token, partition, region, _EARLY)
    if isinstance(result, Refused):
        summary = result.error
        cause = _CAUSES.get(result.step, "token-malformed")
    elif result.signed_at > now:
        summary = f"the token is signed {_ago(result.signed_at - now)} ahead of this clock: STS refuses it until then"
        cause = "token-clock-skew"
    else:
        left = _ago(result.expires_at - now)
        summary = (
            f"nothing is wrong with its form, and it is good for {left} more; whether STS takes it, only STS can tell"
        )
        cause = ""
    return TokenReport(
        SCHEMA_VERSION,
        "denied" if isinstance(result, Refused) else "unknown",
        summary,
        *_claims(claims),
        tuple(_steps(result)),
        cause,
    )


def _claims(claims: Token | Refused) -> tuple[str, str, str, str, str]:
    if isinstance(claims, Refused):
        return "", "", "", "", ""
    kind = {"ASIA": "temporary", "AKIA": "long-term"}.get(claims.access_key_id[:4], "")
    signed = claims.signed_at
    return (
        claims.host,
        claims.signing_region,
        f"{signed:%Y-%m-%dT%H:%M:%SZ}",
        f"{signed + LIFETIME:%Y-%m-%dT%H:%M:%SZ}",
        kind,
    )


def _steps(result: Token | Refused) -> list[TokenStep]:
    steps = []
    refused = isinstance(result, Refused)
    reached = True
    for letter, title in _STEPS:
        if isinstance(result, Refused) and letter == result.step:
            steps.append(TokenStep(letter, title, "broken", result.error))
            reached = False
        elif not reached:
            steps.append(TokenStep(letter, title, "not-reached"))
        elif letter == "l":
            steps.append(TokenStep(letter, title, "unknown"))
        else:
            steps.append(TokenStep(letter, title, "ok"))
    assert refused == (not reached)  # noqa: S101  # every refusal names a step of the list
    return steps


def _ago(delta: timedelta) -> str:
    seconds = int(delta.total_seconds())
    return f"{seconds // 60} min {seconds % 60} s" if seconds >= 60 else f"{seconds} s"
