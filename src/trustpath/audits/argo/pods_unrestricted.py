"""Pod Security lets steps do anything to their node (AW-305)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit
from trustpath.paths.links import Finding

LABEL = "pod-security.kubernetes.io/enforce"


@marked("AW-305", "high", "Namespace", "Workflow", "CronWorkflow", "WorkflowTemplate")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for a namespace with workflows and no level, or privileged."""
    for name in audit.homes:
        located = audit.facts.known("Namespace", "", name)
        if located is None:
            continue
        level = (located.value.metadata.labels or {}).get(LABEL, "")
        if level in ("baseline", "restricted"):
            continue
        where = located.source.at("metadata", "labels", LABEL) if level else located.source.at("metadata", "name")
        yield Found(
            f"namespace/{name}",
            name,
            f"Pod Security of namespace {name} is {level}" if level else f"namespace {name} enforces no Pod Security",
            (Finding(where, level or name, "steps may be privileged"),),
            (f"kubectl label namespace {name} {LABEL}=baseline, or restricted",),
            "Whoever writes a workflow chooses its security context.",
        )
