"""An account that a rule may choose has no token (AW-224)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, shown
from trustpath.model.fact import Absent
from trustpath.paths.argo_sign_in.token_secret import FOR_ACCOUNT, NAME, token_name
from trustpath.paths.links import Finding


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
def check(audit: Audit) -> Iterator[Found]:
    """Hold for an account with a rule whose Secret is not under the name that counts."""
    for item in audit.mapped_accounts:
        metadata = item.value.metadata
        namespace = metadata.namespace or "default"
        wanted = token_name(item.value)
        if not isinstance(audit.facts.object("Secret", namespace, wanted), Absent):
            continue
        others = [
            other.value.metadata.name
            for other in audit.facts.all_of("Secret")
            if (other.value.metadata.namespace or "default") == namespace
            and other.value.metadata.annotation(FOR_ACCOUNT) == metadata.name
        ]
        yield Found(
            shown((namespace, metadata.name)),
            namespace,
            f"the token of `{metadata.name}` is not in Secret `{wanted}`",
            (Finding(item.source.at("metadata", "name"), metadata.name, "has a rule, and no token"),),
            (f"kubectl annotate serviceaccount {metadata.name} -n {namespace} {NAME}={others[0]}",)
            if others
            else (f"make Secret {wanted} of type kubernetes.io/service-account-token, annotated {FOR_ACCOUNT}",),
            f"Its token is in {others[0]}, which no annotation names." if others else "",
        )
