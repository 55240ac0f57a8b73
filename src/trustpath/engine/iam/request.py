"""A request as IAM sees it: who, what, and the context keys that are there."""

from collections.abc import Callable, Mapping

from msgspec import Struct


class Absent(Struct, frozen=True):
    """The request does not carry the key."""


class Unknown(Struct, frozen=True):
    """Whether the request carries the key, and with which value, is not known."""


class Present(Struct, frozen=True):
    """The key's values. ``multivalued`` is the key's declared type, not the number of values."""

    values: tuple[str, ...]
    multivalued: bool = False


ContextValue = Present | Absent | Unknown
ABSENT = Absent()
UNKNOWN = Unknown()


class RequestContext:
    """The context keys of a request. Key names ignore case (S10)."""

    def __init__(self, known: Mapping[str, ContextValue], other: Callable[[str], ContextValue]) -> None:
        """Take the known keys, and a rule for all others that is asked with the key in lower case."""
        self._known = {key.lower(): value for key, value in known.items()}
        self._other = other

    def get(self, key: str) -> ContextValue:
        """Return what is known of a key."""
        lower = key.lower()
        found = self._known.get(lower)
        return found if found is not None else self._other(lower)


class OidcPrincipal(Struct, frozen=True):
    """A caller that an OIDC provider vouches for. ``provider`` is empty while the issuer is not known;
    ``account`` is the role's, in which STS looks the provider up (O7)."""

    provider: str
    partition: str
    account: str


class TrustRequest(Struct, frozen=True):
    """A call on a role: the action is an STS action, the resource is the role itself."""

    principal: OidcPrincipal
    action: str
    context: RequestContext
