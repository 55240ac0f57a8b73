"""The URL of an artifact holds a password (AW-505)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, subject_of_workflow
from trustpath.paths.links import Finding


@marked("AW-505", "high", "Workflow", "CronWorkflow", "WorkflowTemplate")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for what looks like a credential; the value itself is never kept or shown."""
    for item in audit.workflows:
        for index, template in enumerate(item.spec.templates or ()):
            for part in ("inputs", "outputs"):
                arguments = template.inputs if part == "inputs" else template.outputs
                for number, artifact in enumerate((arguments.artifacts if arguments else None) or ()):
                    if artifact.suspect:
                        place = item.place.at("templates", index, part, "artifacts", number, "name")
                        yield Found(
                            subject_of_workflow(item),
                            item.namespace,
                            f"artifact `{artifact.name}` of template `{template.name}` has {artifact.suspect}",
                            (Finding(place, artifact.name, artifact.suspect),),
                            ("usernameSecret and passwordSecret",),
                            "It is in the cluster for everybody who may read workflows, and in their archive.",
                        )
