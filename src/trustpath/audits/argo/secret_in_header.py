"""A header of an HTTP template holds a secret in plain text (AW-504)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, subject_of_workflow
from trustpath.paths.links import Finding


@marked("AW-504", "high", "Workflow", "CronWorkflow", "WorkflowTemplate")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for what looks like a credential; the value itself is never kept or shown."""
    for item in audit.workflows:
        for index, template in enumerate(item.spec.templates or ()):
            for number, header in enumerate((template.http.headers if template.http else None) or ()):
                if header.suspect:
                    place = item.place.at("templates", index, "http", "headers", number, "name")
                    yield Found(
                        subject_of_workflow(item),
                        item.namespace,
                        f"header `{header.name}` of template `{template.name}` holds {header.suspect}",
                        (Finding(place, header.name, header.suspect),),
                        ("valueFrom.secretKeyRef in place of value",),
                        "It is in the cluster for everybody who may read workflows, and in their archive.",
                    )
