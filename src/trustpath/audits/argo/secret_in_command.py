"""A command or script holds a secret in plain text (AW-503)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, subject_of_workflow
from trustpath.paths.links import Finding


@marked("AW-503", "high", "Workflow", "CronWorkflow", "WorkflowTemplate")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for what looks like a credential; the value itself is never kept or shown."""
    for item in audit.workflows:
        for index, template in enumerate(item.spec.templates or ()):
            for place, container in template.containers:
                if not container.suspect:
                    continue
                where = item.place.at("templates", index, *place, container.suspect_in)
                yield Found(
                    subject_of_workflow(item),
                    item.namespace,
                    f"the {container.suspect_in} of template `{template.name}` holds {container.suspect}",
                    (Finding(where, container.suspect_in, container.suspect, key=True),),
                    ("a variable from a Secret",),
                    "It is in the cluster for everybody who may read workflows, and in their archive.",
                )
