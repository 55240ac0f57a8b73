"""The third link: the server finds a token of the chosen account (S8)."""

from trustpath.model.answers import Located
from trustpath.model.fact import Absent, Known
from trustpath.model.kubernetes import Secret, ServiceAccount
from trustpath.paths.argo_sign_in.walk import Walk
from trustpath.paths.links import NOT_REACHED, Finding, LinkResult, broken, ok, unknown

NAME = "workflows.argoproj.io/service-account-token.name"
TOKEN_TYPE = "kubernetes.io/service-account-token"  # noqa: S105  # a type of Secret
FOR_ACCOUNT = "kubernetes.io/service-account.name"


def token_name(account: ServiceAccount) -> str:
    """Return the name of the Secret that Argo takes: the first that the account lists, else the annotation's, else
    one after the account."""
    if account.secrets:
        return account.secrets[0].name
    return account.metadata.annotation(NAME) or f"{account.metadata.name}.service-account-token"


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    if walk.chosen is None:
        if walk.sso is not None and not walk.sso.rbac.enabled:
            return LinkResult("not-applicable", "the server acts as itself")
        return NOT_REACHED
    return of_account(walk, walk.chosen)


def _secrets_were_read(walk: Walk, namespace: str) -> bool:
    """Return whether the facts hold secrets of a namespace: many dumps leave them out on purpose."""
    return any(
        (item.value.metadata.namespace or "default") == namespace for item in walk.snapshot.kubernetes.all_of("Secret")
    )


def tokens_of(walk: Walk, account: ServiceAccount) -> list[Located[Secret]]:
    """Return the Secrets that were read and hold a token of an account."""
    return [
        item
        for item in walk.snapshot.kubernetes.all_of("Secret")
        if (item.value.metadata.namespace or "default") == (account.metadata.namespace or "default")
        and item.value.metadata.annotation(FOR_ACCOUNT) == account.metadata.name
    ]


def of_account(walk: Walk, item: Located[ServiceAccount]) -> LinkResult:
    """Return whether a token of an account is where Argo looks for it."""
    account = item.value
    namespace, name = account.metadata.namespace or "default", account.metadata.name
    wanted = token_name(account)
    fact = walk.snapshot.kubernetes.object("Secret", namespace, wanted)
    if isinstance(fact, Known):
        secret = fact.value.value
        owner = secret.metadata.annotation(FOR_ACCOUNT)
        found = Finding(fact.value.source.at("metadata", "name"), wanted, "the token")
        if secret.type == TOKEN_TYPE and owner and owner != name:
            return broken(f"Secret {wanted} is a token of {owner}", found, expected=name, got=owner)
        if "token" not in secret.keys and secret.type != TOKEN_TYPE:
            return broken(f"Secret {wanted} holds no token", found, expected="a key token", got="none")
        return ok(f"Secret {namespace}/{wanted} holds its token", found)
    if isinstance(fact, Absent):
        others = [other.value.metadata.name for other in tokens_of(walk, account)]
        if not fact.implied or others or _secrets_were_read(walk, namespace):
            return broken(
                f"there is no Secret {namespace}/{wanted}",
                Finding(item.source.at("metadata", "name"), name, "the account that the rule chooses"),
                expected=f"Secret {wanted}",
                got=f"Secret {others[0]}" if others else "no token",
            )
    missing = [fact] if not isinstance(fact, Known | Absent) else []
    return unknown(f"whether Secret {namespace}/{wanted} is there was not read", *missing)
