"""Workflows are in kube-system or default (AW-304)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit
from trustpath.paths.links import Finding

SHARED = frozenset({"default", "kube-public", "kube-system"})


@marked("AW-304", "medium", "Workflow", "CronWorkflow", "WorkflowTemplate")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for workflows in a namespace that belongs to everybody."""
    for item in audit.workflows:
        if item.namespace in SHARED:
            yield Found(
                f"{item.kind.lower()}/{item.name} -n {item.namespace}",
                item.namespace,
                f"{item.kind} `{item.name}` is in namespace {item.namespace}",
                (Finding(item.located.source.at("metadata", "name"), item.name, f"in {item.namespace}"),),
                ("a namespace of its own",),
            )
