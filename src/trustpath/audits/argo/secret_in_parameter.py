"""A parameter holds a secret in plain text (AW-502)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, subject_of_workflow
from trustpath.paths.links import Finding


@marked("AW-502", "high", "Workflow", "CronWorkflow", "WorkflowTemplate")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for what looks like a credential; the value itself is never kept or shown."""
    for item in audit.workflows:
        for number, parameter in enumerate((item.spec.arguments.parameters if item.spec.arguments else None) or ()):
            if parameter.suspect:
                place = item.place.at("arguments", "parameters", number, "name")
                yield Found(
                    subject_of_workflow(item),
                    item.namespace,
                    f"parameter `{parameter.name}` holds {parameter.suspect}",
                    (Finding(place, parameter.name, parameter.suspect),),
                    ("a Secret, taken by secretKeyRef or a volume",),
                    "It is in the cluster for everybody who may read workflows, and in their archive.",
                )
        for index, template in enumerate(item.spec.templates or ()):
            for number, parameter in enumerate((template.inputs.parameters if template.inputs else None) or ()):
                if parameter.suspect:
                    place = item.place.at("templates", index, "inputs", "parameters", number, "name")
                    yield Found(
                        subject_of_workflow(item),
                        item.namespace,
                        f"parameter `{parameter.name}` of template `{template.name}` holds {parameter.suspect}",
                        (Finding(place, parameter.name, parameter.suspect),),
                        ("a Secret, taken by secretKeyRef or a volume",),
                        "It is in the cluster for everybody who may read workflows, and in their archive.",
                    )
