"""Artifacts are to be deleted by an account that nobody chose (AW-411)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit
from trustpath.paths.links import Finding


@marked("AW-411", "medium", "Workflow", "CronWorkflow", "WorkflowTemplate", breaks=True)
def check(audit: Audit) -> Iterator[Found]:
    """Hold for a strategy that deletes artifacts, without serviceAccountName."""
    for item in audit.workflows:
        gc = item.spec.artifact_gc
        if gc is None or not gc.strategy or gc.strategy == "Never" or gc.service_account_name:
            continue
        yield Found(
            f"{item.kind.lower()}/{item.name}" + (f" -n {item.namespace}" if item.namespace else ""),
            item.namespace,
            f"{item.kind} `{item.name}` deletes its artifacts as `default`, not as its own account",
            (Finding(item.place.at("artifactGC", "strategy"), gc.strategy, "as default of the namespace"),),
            ("artifactGC.serviceAccountName, an account that may list, watch and patch workflowartifactgctasks",),
            "Without the rights the workflow cannot be deleted: its finalizer stays.",
        )
