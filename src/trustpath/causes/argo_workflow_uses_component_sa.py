"""A workflow runs as the account of Argo's own server or controller.

What: looks whether the account that asks for what only steps do is that of Argo's server or controller.
Why it denies: those accounts have the rights of their component, which are not an executor's (4.1, 4.2).
Not a problem when: it is the component itself that asks.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.argo.rights import executor_rights
from trustpath.paths.kubernetes_request.argo import is_spelled_or_nearly, lent_by, steps_of, version_for
from trustpath.paths.kubernetes_request.findings import RULE
from trustpath.paths.kubernetes_request.walk import Walk
from trustpath.paths.links import Finding


@cause("authorization", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold for a step's request by a component's account: of a workflow that is seen, or that only a step makes."""
    part = lent_by(walk)
    if part is None or walk.account is None or walk.denied is None or is_spelled_or_nearly(walk):
        return
    namespace, name = walk.account
    steps = list(steps_of(walk, namespace, name))[:2]
    runs_as = Finding(
        part.workload.source.at("spec", "template", "spec", "serviceAccountName"),
        name,
        f"Argo's {part.kind} {part.name} runs as {name}",
    )
    rights = executor_rights(version_for(walk, namespace))
    needed = ", ".join(f"{', '.join(item.verbs)} on {item.resource}" for item in rights)
    yield Diagnosis(
        confidence="certain",
        title=f"the workflow runs as `{name}`, the account of Argo's {part.kind}",
        explanation=f"An executor asks for this, not the {part.kind}. Giving it to {name} would give every step "
        f"the rights of the {part.kind}.",
        evidence=(*steps, runs_as),
        expected="an account of the workflow's own",
        got=name,
        symptom=walk.message,
        help=(
            "make a service account for the workflow, and name it in spec.serviceAccountName of the workflow",
            f"grant that account {needed} in namespace {namespace}",
        ),
        rank=RULE - 2,
    )
