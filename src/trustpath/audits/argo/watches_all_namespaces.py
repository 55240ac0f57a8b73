"""The installation is for the whole cluster, and workflows are in one or two namespaces (AW-301)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_component, subject_of

FEW = 2


@marked("AW-301", "medium", "Namespace", "Workflow", "CronWorkflow", "WorkflowTemplate")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for a controller of all namespaces where few have workflows, in a cluster of more."""
    homes = sorted({workflow.namespace for workflow in audit.workflows if workflow.namespace})
    spaces = {space.value.metadata.name for space in audit.facts.all_of("Namespace")}
    for item, controller in audit.controllers:
        if item.watched or not homes or len(homes) > FEW or len(spaces - {controller.namespace, *homes}) <= FEW:
            continue
        yield Found(
            subject_of(controller),
            controller.namespace,
            f"it is installed for the whole cluster, and workflows are in {' and '.join(homes)} alone",
            (at_component(controller, "without --namespaced"),),
            (f"--namespaced --managed-namespace={homes[0]}, with Roles there (Helm: singleNamespace)",)
            if len(homes) == 1
            else ("one installation for each namespace, with --namespaced and Roles",),
            "Its accounts have rights in every namespace.",
        )
