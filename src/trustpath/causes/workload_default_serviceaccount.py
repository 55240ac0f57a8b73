"""The workload runs as the account `default`, to which nobody granted anything.

What: looks whether the request comes from a namespace's `default` account and whether any binding names it.
Why it denies: a pod that names no service account runs as `default`, which has only what everybody has.
Not a problem when: the program does not need the API.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.model.kubernetes import TEMPLATED
from trustpath.paths.kubernetes_request.findings import DEFAULT_ACCOUNT, rule_for
from trustpath.paths.kubernetes_request.walk import Walk
from trustpath.paths.links import Finding


@cause("authorization", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold for a `default` account that no binding names."""
    if not walk.uses_default_account or walk.account is None or walk.denied is None:
        return
    namespace, name = walk.account
    users = tuple(_workloads(walk, namespace))
    others = sorted(
        item.value.metadata.name
        for item in walk.snapshot.kubernetes.service_accounts_in(namespace)
        if item.value.metadata.name != name
    )
    account = tuple(
        Finding(item.source.at("metadata", "name"), name, "the account that asks")
        for item in walk.snapshot.kubernetes.service_accounts_in(namespace)
        if item.value.metadata.name == name
    )
    yield Diagnosis(
        confidence="certain",
        title=f"the request comes from the account `default` of `{namespace}`, and no binding names it",
        explanation=f"Namespace {namespace} has {', '.join(others)} besides."
        if others
        else "A workload that names no service account runs as default.",
        evidence=(*users, *account),
        expected="an account of the workload's own, with a role",
        got=f"{namespace}/default",
        symptom=walk.message,
        help=(
            "let the workload run as an account of its own (spec.serviceAccountName; charts: serviceAccount.create, "
            "rbac.create)",
            f"and bind that account to a role with the rule {rule_for(walk)}",
        ),
        rank=DEFAULT_ACCOUNT,
    )


def _workloads(walk: Walk, namespace: str) -> Iterator[Finding]:
    """Yield the workloads of the namespace that run as `default`."""
    facts = walk.snapshot.kubernetes
    for kind in sorted(TEMPLATED):
        for item in facts.all_of(kind):
            template = item.value.template
            if item.value.metadata.namespace != namespace or template is None or template.spec.account != "default":
                continue
            named = Finding(
                item.source.at("metadata", "name"), item.value.metadata.name, f"this {kind} runs as default"
            )
            if template.spec.service_account_name and kind != "CronJob":
                place = item.source.at("spec", "template", "spec", "serviceAccountName")
                named = Finding(place, "default", f"{kind} {item.value.metadata.name}")
            yield named
    for pod in facts.pods_running_as(namespace, "default"):
        yield Finding(pod.source.at("metadata", "name"), pod.value.metadata.name, "this pod runs as default")
