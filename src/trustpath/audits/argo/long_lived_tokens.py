"""An account of Argo has a token that does not expire, for no use that is seen (AW-602)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, shown
from trustpath.paths.links import Finding
from trustpath.paths.stored_token import FOR_ACCOUNT, TOKEN_TYPE


@marked("AW-602", "medium", "Secret")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for a stored token of an account that neither SSO rules nor an executor or agent take."""
    taken = {(item.value.metadata.namespace or "default", item.value.metadata.name) for item in audit.mapped_accounts}
    for item in audit.workflows:
        taken.update((item.namespace, token.account) for token in audit.tokens_of(item))
    for secret in audit.facts.all_of("Secret"):
        metadata = secret.value.metadata
        account = (metadata.namespace or "default", metadata.annotation(FOR_ACCOUNT))
        if secret.value.type != TOKEN_TYPE or account not in audit.used_accounts or account in taken:
            continue
        yield Found(
            shown(account),
            account[0],
            f"Secret `{metadata.name}` holds a token of `{account[1]}` that does not expire",
            (Finding(secret.source.at("metadata", "name"), metadata.name, "nothing that was read takes it"),),
            ("delete it; pods get tokens that expire, and kubectl create token makes one for an hour",),
        )
