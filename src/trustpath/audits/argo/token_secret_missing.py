"""The executor, or the agent, needs a stored token that is not there (AW-407)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, shown
from trustpath.model.argo import WrittenWorkflow
from trustpath.model.fact import Absent, Known
from trustpath.paths.argo_sign_in.token_secret import token_name
from trustpath.paths.links import Finding


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
def check(audit: Audit) -> Iterator[Found]:
    """Hold for an executor's account, and for the account of workflows with HTTP or plugin templates."""
    seen: set[tuple[str, str]] = set()
    for item in audit.workflows:
        for account, why, place in _users(audit, item):
            key = (item.namespace, account)
            fact = audit.facts.service_account(*key)
            if not item.namespace or key in seen or not isinstance(fact, Known):
                continue
            wanted = token_name(fact.value.value)
            if isinstance(audit.facts.object("Secret", item.namespace, wanted), Absent):
                seen.add(key)
                yield Found(
                    shown(key),
                    item.namespace,
                    f"{why} of {item.shown} needs a stored token of `{account}`, and Secret `{wanted}` is not there",
                    (place,),
                    (
                        f"make Secret {wanted} of type kubernetes.io/service-account-token in {item.namespace}, "
                        f"annotated kubernetes.io/service-account.name: {account}",
                    ),
                    "From Kubernetes 1.24 on nobody makes it by itself.",
                )


def _users(audit: Audit, item: WrittenWorkflow) -> Iterator[tuple[str, str, Finding]]:
    spec = item.spec
    if spec.executor is not None and spec.executor.service_account_name:
        name = spec.executor.service_account_name
        yield (
            name,
            "the executor",
            Finding(item.place.at("executor", "serviceAccountName"), name, "takes a stored token"),
        )
    for index, template in enumerate(spec.templates or ()):
        if template.uses_agent:
            account = item.account_of(None, audit.defaults_for(item.namespace))
            place = Finding(item.place.at("templates", index, "name"), template.name, "is done by the agent")
            yield account, "the agent", place
