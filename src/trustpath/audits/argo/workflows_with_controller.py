"""Workflows are in the namespace of the controller (AW-303)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit
from trustpath.paths.links import Finding


@marked("AW-303", "high", "Workflow", "CronWorkflow", "WorkflowTemplate")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for what runs, or makes what runs, where the controller is."""
    homes = {controller.namespace for _, controller in audit.controllers}
    for item in audit.workflows:
        if item.namespace in homes:
            yield Found(
                f"{item.kind.lower()}/{item.name} -n {item.namespace}",
                item.namespace,
                f"{item.kind} `{item.name}` is in the namespace of the controller",
                (Finding(item.located.source.at("metadata", "name"), item.name, "beside the controller"),),
                ("move it to a namespace of its own",),
                "Whoever runs workflows there may run them as the controller's account, or change the controller.",
            )
