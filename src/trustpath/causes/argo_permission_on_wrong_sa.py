"""The right was given to the account of the workflow; it is Argo's controller that asks.

What: looks whether the controller asks, and an account that workflows run as may do just this.
Why it denies: memoization and some other features are done by the controller, with its own account (4.3).
Not a problem when: the step itself does the same, and so needs the right as well.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.argo.rights import MEMOIZATION
from trustpath.engine.rbac.request import ResourceRequest
from trustpath.paths.kubernetes_request.argo import (
    components_of,
    is_of_controller_alone,
    is_spelled_or_nearly,
    others_with_it,
    steps_of,
)
from trustpath.paths.kubernetes_request.findings import RULE
from trustpath.paths.kubernetes_request.walk import Walk
from trustpath.paths.links import Finding


@cause("authorization", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold where a workflow's account has what the controller lacks for a feature of its own."""
    request = walk.request
    if walk.account is None or walk.denied is None or not isinstance(request, ResourceRequest):
        return
    if not is_of_controller_alone(request) or is_spelled_or_nearly(walk):
        return
    part = next((part for part in components_of(walk) if part.kind == "controller"), None)
    if part is None:
        return
    for namespace, name in others_with_it(walk):
        steps = list(steps_of(walk, namespace, name))[:2]
        if not steps:
            continue
        rule = f'{{apiGroups: [""], resources: [{request.combined}], verbs: [{", ".join(MEMOIZATION.verbs)}]}}'
        runs_as = Finding(
            part.workload.source.at("spec", "template", "spec", "serviceAccountName"),
            part.account,
            "the controller asks as this account",
        )
        yield Diagnosis(
            confidence="certain",
            title=f"the right is given to the workflow's account `{name}`, and the controller `{part.account}` asks",
            explanation="Argo's controller keeps the cache of memoized steps itself; no step writes it.",
            evidence=(runs_as, *steps),
            expected=f"a rule {rule} for {part.account}",
            got=f"granted to {namespace}/{name}",
            symptom=walk.message,
            help=(
                f"add the rule {rule} to a role of {walk.account[0]}/{walk.account[1]}",
                "with the Helm chart: controller.rbac.writeConfigMaps=true",
                f"and take it from {name}, unless its steps write ConfigMaps themselves",
            ),
            rank=RULE - 3,
        )
        return
