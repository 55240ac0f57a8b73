"""The Secret with a service account's stored token, by the name under which Argo looks for it (S8, 4.4)."""

from trustpath.model.answers import Located
from trustpath.model.fact import Absent, Known
from trustpath.model.kubernetes import Secret, ServiceAccount
from trustpath.model.kubernetes_facts import KubernetesFacts
from trustpath.paths.links import Finding, LinkResult, broken, ok, unknown

NAME = "workflows.argoproj.io/service-account-token.name"
TOKEN_TYPE = "kubernetes.io/service-account-token"  # noqa: S105  # a type of Secret
FOR_ACCOUNT = "kubernetes.io/service-account.name"


def usual_name(account: str) -> str:
    """Return the name that counts where the account says no other."""
    return f"{account}.service-account-token"


def token_name(account: ServiceAccount) -> str:
    """Return the name of the Secret that Argo takes: the first that the account lists, else the annotation's, else
    one after the account."""
    if account.secrets:
        return account.secrets[0].name
    return account.metadata.annotation(NAME) or usual_name(account.metadata.name)


def name_for(facts: KubernetesFacts, namespace: str, account: str) -> str:
    """Return the name of the Secret that Argo takes for an account, which need not have been read."""
    fact = facts.service_account(namespace, account)
    return token_name(fact.value.value) if isinstance(fact, Known) else usual_name(account)


def tokens_of(facts: KubernetesFacts, namespace: str, account: str) -> list[Located[Secret]]:
    """Return the Secrets that were read and hold a token of an account."""
    return [item for item in _secrets_in(facts, namespace) if item.value.metadata.annotation(FOR_ACCOUNT) == account]


def look_up(facts: KubernetesFacts, namespace: str, account: str, place: Finding) -> LinkResult:
    """Return whether a token of an account is where Argo looks for it; ``place`` shows why it is looked for."""
    wanted = name_for(facts, namespace, account)
    fact = facts.object("Secret", namespace, wanted)
    if isinstance(fact, Known):
        secret = fact.value.value
        owner = secret.metadata.annotation(FOR_ACCOUNT)
        found = Finding(fact.value.source.at("metadata", "name"), wanted, "the token")
        if secret.type == TOKEN_TYPE and owner and owner != account:
            return broken(f"Secret {wanted} is a token of {owner}", found, expected=account, got=owner)
        if "token" not in secret.keys and secret.type != TOKEN_TYPE:
            return broken(f"Secret {wanted} holds no token", found, expected="a key token", got="none")
        return ok(f"Secret {namespace}/{wanted} holds its token", found)
    if isinstance(fact, Absent):
        others = [other.value.metadata.name for other in tokens_of(facts, namespace, account)]
        # Many dumps leave Secrets out on purpose.
        if not fact.implied or _secrets_in(facts, namespace):
            return broken(
                f"there is no Secret {namespace}/{wanted}",
                place,
                expected=f"Secret {wanted}",
                got=f"Secret {others[0]}" if others else "no token",
            )
    missing = [fact] if not isinstance(fact, Known | Absent) else []
    return unknown(f"whether Secret {namespace}/{wanted} is there was not read", *missing)


def _secrets_in(facts: KubernetesFacts, namespace: str) -> list[Located[Secret]]:
    return [item for item in facts.all_of("Secret") if (item.value.metadata.namespace or "default") == namespace]
