"""The principal that a caller's ARN stands for (M1, M2)."""

from typing import Literal

from msgspec import Struct

from trustpath.model.arn import PARTITIONS, Arn

PrincipalType = Literal["role", "user", "root", "federated-user", "assumed-role"]


class CanonicalArn(Struct, frozen=True):
    """A caller as the authenticator compares it. ``session_name`` is empty but for an assumed role."""

    arn: str
    type: PrincipalType
    account: str
    session_name: str = ""


def canonicalize(arn: str) -> CanonicalArn | str:
    """Return the principal behind an ARN from STS, or what the authenticator says of a text that is none.

    The path of a role never comes back: STS leaves it out of a session's ARN (M3).
    """
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        problem = "not enough sections" if parts[0] == "arn" else "invalid prefix"
        return f"arn '{arn}' is invalid: 'arn: {problem}'"
    parsed = Arn(*parts[1:])
    if parsed.partition not in PARTITIONS:
        return f"arn '{arn}' does not have a recognized partition"
    segments = parsed.resource.split("/")
    match parsed.service, segments[0]:
        case "sts", "assumed-role":
            if len(segments) < 3:
                return f"assumed-role arn '{arn}' does not have a role"
            role = "/".join(segments[1:-1])
            canonical = f"arn:{parsed.partition}:iam::{parsed.account}:role/{role}"
            return CanonicalArn(canonical, "assumed-role", parsed.account, segments[-1])
        case "sts", "federated-user":
            return CanonicalArn(arn, "federated-user", parsed.account)
        case "iam", ("role" | "user" | "root") as principal:
            return CanonicalArn(arn, principal, parsed.account)
        case (("sts" | "iam"), _):
            return f"unrecognized resource {parsed.resource} for service {parsed.service}"
    return f"service {parsed.service} in arn {arn} is not a valid service for identities"
