"""A workflow patches its pods without limits (AW-607)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, subject_of_workflow
from trustpath.model.argo import WrittenWorkflow
from trustpath.model.source import Source
from trustpath.paths.links import Finding


@marked("AW-607", "medium", "Workflow", "CronWorkflow", "WorkflowTemplate")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for podSpecPatch; it is worse where it gives rights, or takes them from parameters."""
    for item in audit.workflows:
        for patch, place in _patches(item):
            words = patch.split()
            gives = [word for word in words if word not in ("{{", "…")]
            filled = "{{" in words
            shown = f" and sets {', '.join(gives)}" if gives else ""
            yield Found(
                subject_of_workflow(item),
                item.namespace,
                f"{item.kind} `{item.name}` patches its pods{shown}"
                + (", filled in from parameters" if filled else ""),
                (Finding(place, "podSpecPatch", "is merged last, without limits", key=True),),
                ("say it in the fields of the template, and keep podSpecPatch away by admission",),
                "Whoever fills in the parameter writes the pod." if filled else "",
                "critical" if gives or filled else None,
            )


def _patches(item: WrittenWorkflow) -> Iterator[tuple[str, Source]]:
    spec = item.spec
    if spec.pod_spec_patch:
        yield spec.pod_spec_patch, item.place.at("podSpecPatch")
    if spec.artifact_gc is not None and spec.artifact_gc.pod_spec_patch:
        yield spec.artifact_gc.pod_spec_patch, item.place.at("artifactGC", "podSpecPatch")
    for index, template in enumerate(spec.templates or ()):
        if template.pod_spec_patch:
            yield template.pod_spec_patch, item.place.at("templates", index, "podSpecPatch")
