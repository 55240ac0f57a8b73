"""The executor, or the agent, needs a stored token that is not there (AW-407)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Open, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, shown
from trustpath.model.fact import Known
from trustpath.paths.links import Finding
from trustpath.paths.stored_token import FOR_ACCOUNT, TOKEN_TYPE, look_up, name_for


@marked(
    "AW-407",
    "high",
    "Workflow",
    "Secret",
    "ServiceAccount",
    breaks=True,
    by_silence=True,
    cause="argo-token-secret-missing",
)
def check(audit: Audit) -> Iterator[Result]:
    """Hold for an executor's account, and for the account of workflows with HTTP or plugin templates."""
    seen: set[tuple[str, str]] = set()
    for item in audit.workflows:
        for token in audit.tokens_of(item):
            account = token.account
            key = (item.namespace, account)
            if not item.namespace or key in seen or not isinstance(audit.facts.service_account(*key), Known):
                continue
            seen.add(key)
            place = Finding(item.place.at(*token.place), token.written, f"{token.taker} takes a stored token")
            looked_up = look_up(audit.facts, item.namespace, account, place)
            if looked_up.state == "unknown" and audit.unread("Secret") is None:
                yield Open(looked_up.says, looked_up.needs)
            elif looked_up.state == "broken":
                wanted = name_for(audit.facts, item.namespace, account)
                yield Found(
                    shown(key),
                    item.namespace,
                    f"{token.taker} of {item.shown} needs a stored token of `{account}`, "
                    f"and Secret `{wanted}` is not there",
                    looked_up.evidence,
                    (
                        f"make Secret {wanted} of type {TOKEN_TYPE} in {item.namespace}, "
                        f"annotated {FOR_ACCOUNT}: {account}",
                    ),
                    "From Kubernetes 1.24 on nobody makes it by itself.",
                )
