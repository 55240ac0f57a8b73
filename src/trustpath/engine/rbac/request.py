"""A request as the authorizer sees it: who, and what on which resource or URL (R1)."""

from msgspec import Struct

ALL_AUTHENTICATED = "system:authenticated"
ANONYMOUS = "system:anonymous"
MASTERS = "system:masters"

_ACCOUNT = "system:serviceaccount:"
_ACCOUNTS = "system:serviceaccounts"


class User(Struct, frozen=True):
    """A user name and exactly the groups that it comes with (R61)."""

    name: str
    groups: tuple[str, ...] = ()


class ResourceRequest(Struct, frozen=True):
    """A verb on a resource. The empty group is the core group; an empty namespace means none, or all (R4, R13).

    ``name`` is what the API server has when it authorizes: empty for create, list without a field
    selector for one name, and deletecollection (R5, R26).
    """

    verb: str
    group: str
    resource: str
    subresource: str = ""
    namespace: str = ""
    name: str = ""

    @property
    def combined(self) -> str:
        """Return ``resource`` or ``resource/subresource``, as a rule writes it."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


class UrlRequest(Struct, frozen=True):
    """A verb, the HTTP method in lower case, on a path that is no resource (R3)."""

    verb: str
    path: str


Request = ResourceRequest | UrlRequest


def service_account(namespace: str, name: str) -> User:
    """Return the user that a service account's token stands for (R7)."""
    return User(account_username(namespace, name), (_ACCOUNTS, f"{_ACCOUNTS}:{namespace}", ALL_AUTHENTICATED))


def account_username(namespace: str, name: str) -> str:
    """Return the user name of a service account (R7)."""
    return f"{_ACCOUNT}{namespace}:{name}"


def account_of(user: str) -> tuple[str, str] | None:
    """Return namespace and name of the service account that a user name stands for, or None."""
    if not user.startswith(_ACCOUNT):
        return None
    namespace, colon, name = user.removeprefix(_ACCOUNT).partition(":")
    return (namespace, name) if colon and namespace and name and ":" not in name else None


def groups_of(user: str) -> tuple[str, ...]:
    """Return the groups that a user has by its name alone (R7, R8)."""
    if user == ANONYMOUS:
        return ("system:unauthenticated",)
    if user.startswith("system:node:"):
        return ("system:nodes", ALL_AUTHENTICATED)
    account = account_of(user)
    return service_account(*account).groups if account else (ALL_AUTHENTICATED,)
