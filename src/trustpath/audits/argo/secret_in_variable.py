"""A variable of a step holds a secret in plain text (AW-501)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, subject_of_workflow
from trustpath.paths.links import Finding


@marked("AW-501", "high", "Workflow", "CronWorkflow", "WorkflowTemplate")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for what looks like a credential; the value itself is never kept or shown."""
    for item in audit.workflows:
        for index, template in enumerate(item.spec.templates or ()):
            for place, container in template.containers:
                for number, variable in enumerate(container.env or ()):
                    if not variable.suspect:
                        continue
                    yield Found(
                        subject_of_workflow(item),
                        item.namespace,
                        f"variable `{variable.name}` of template `{template.name}` holds {variable.suspect}",
                        (
                            Finding(
                                item.place.at("templates", index, *place, "env", number, "name"),
                                variable.name,
                                variable.suspect,
                            ),
                        ),
                        ("valueFrom.secretKeyRef in place of value",),
                        "It is in the cluster for everybody who may read workflows, and in their archive.",
                    )
