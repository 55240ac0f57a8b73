"""A request as IAM sees it: who, what, on which resource, and the context keys that are there."""

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


class RequestContext(dict[str, ContextValue]):
    """The context keys of a request, in lower case: key names ignore case (S10).

    ``context[key]`` takes the key in lower case and never fails: a key that is not listed is absent, or
    what the rule for all other keys says.
    """

    __slots__ = ("other",)

    def __init__(self, known: Mapping[str, ContextValue], other: Callable[[str], ContextValue] | None = None) -> None:
        """Take the known keys, and a rule for all others that is asked with the key in lower case."""
        super().__init__((key.lower(), value) for key, value in known.items())
        self.other = other

    def __missing__(self, key: str) -> ContextValue:
        return self.other(key) if self.other is not None else ABSENT

    def value(self, key: str) -> ContextValue:
        """Return what is known of a key in any case."""
        return self[key.lower()]


class IamUser(Struct, frozen=True):
    """An IAM user, or the session of a federated user (``arn:…:sts::…:federated-user/…``)."""

    arn: str
    account: str

    @property
    def federated(self) -> bool:
        """Return whether this is the session that sts:GetFederationToken made for some user of the account."""
        return ":federated-user/" in self.arn


class RoleSession(Struct, frozen=True):
    """Somebody who has assumed a role: the session's ARN and the role's."""

    arn: str
    role_arn: str
    account: str


class AccountRoot(Struct, frozen=True):
    """The root user of an account."""

    account: str


class OidcPrincipal(Struct, frozen=True):
    """A caller that an OIDC provider vouches for: the provider's ARN, or the host of a built-in one.

    ``provider`` is empty while the issuer is not known; ``account`` is the role's, in which STS looks the
    provider up (O7).
    """

    provider: str
    partition: str
    account: str


class SamlPrincipal(Struct, frozen=True):
    """A caller that a SAML provider vouches for, by the provider's ARN."""

    provider: str


class ServicePrincipal(Struct, frozen=True):
    """An AWS service, by the name that policies use: ``pods.eks.amazonaws.com``."""

    name: str


class Anonymous(Struct, frozen=True):
    """A caller without credentials."""


Principal = IamUser | RoleSession | AccountRoot | OidcPrincipal | SamlPrincipal | ServicePrincipal | Anonymous


class Request(Struct, frozen=True):
    """One action on one resource. ``resource_account`` owns the resource, empty where that is the caller's."""

    principal: Principal
    action: str
    resource: str
    context: RequestContext
    resource_account: str = ""

    @property
    def account(self) -> str:
        """Return the caller's account, empty for a caller that has none."""
        principal = self.principal
        return principal.account if isinstance(principal, IamUser | RoleSession | AccountRoot) else ""

    @property
    def elsewhere(self) -> bool:
        """Return whether the resource belongs to another account than the caller's."""
        return bool(self.resource_account) and self.resource_account != self.account
