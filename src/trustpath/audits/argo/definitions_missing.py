"""Definitions of custom resources are missing for the version (AW-805)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_component, subject_of
from trustpath.engine.argo.rights import ARTIFACT_GC, TASK_RESULTS
from trustpath.model.argo import GROUP


@marked("AW-805", "medium", "CustomResourceDefinition", breaks=True)
def check(audit: Audit) -> Iterator[Found]:
    """Hold where some of Argo's definitions are there, and not all that the version uses."""
    there = {
        item.value.spec.names.plural
        for item in audit.facts.all_of("CustomResourceDefinition")
        if item.value.spec.group == GROUP
    }
    for _, controller in audit.controllers:
        version = controller.version
        if version is None or not there:
            continue
        wanted = ["workflows", "workflowtemplates", "cronworkflows"]
        wanted += ["workflowtasksets", "workflowtaskresults"] if version >= TASK_RESULTS else []
        wanted += ["workflowartifactgctasks"] if version >= ARTIFACT_GC else []
        missing = [name for name in wanted if name not in there]
        if missing:
            yield Found(
                subject_of(controller),
                controller.namespace,
                f"the definitions of {', '.join(missing)} are missing",
                (at_component(controller, "uses them"),),
                ("apply the definitions of the version",),
            )
