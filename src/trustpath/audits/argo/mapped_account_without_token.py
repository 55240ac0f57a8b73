"""An account that a rule may choose has no token (AW-224)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Open, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, shown
from trustpath.paths.links import Finding
from trustpath.paths.stored_token import FOR_ACCOUNT, NAME, look_up, token_name, tokens_of


@marked(
    "AW-224",
    "high",
    "ServiceAccount",
    "Secret",
    breaks=True,
    by_silence=True,
    cause="argo-sso-token-secret-missing",
    by_mode=True,
)
def check(audit: Audit) -> Iterator[Result]:
    """Hold for an account with a rule whose Secret is not under the name that counts."""
    for item in audit.mapped_accounts:
        metadata = item.value.metadata
        namespace = metadata.namespace or "default"
        wanted = token_name(item.value)
        place = Finding(item.source.at("metadata", "name"), metadata.name, "has a rule, and no token")
        looked_up = look_up(audit.facts, namespace, metadata.name, place)
        if looked_up.state == "unknown" and audit.unread("Secret") is None:
            yield Open(looked_up.says, looked_up.needs)
        if looked_up.state != "broken":
            continue
        others = [other.value.metadata.name for other in tokens_of(audit.facts, namespace, metadata.name)]
        yield Found(
            shown((namespace, metadata.name)),
            namespace,
            f"the token of `{metadata.name}` is not in Secret `{wanted}`",
            looked_up.evidence,
            (f"kubectl annotate serviceaccount {metadata.name} -n {namespace} {NAME}={others[0]}",)
            if others
            else (f"make Secret {wanted} of type kubernetes.io/service-account-token, annotated {FOR_ACCOUNT}",),
            f"Its token is in {others[0]}, which no annotation names." if others else "",
        )
