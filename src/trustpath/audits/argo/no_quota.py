"""Nothing limits what workflows of a namespace use (AW-308)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit
from trustpath.paths.links import Finding


@marked("AW-308", "low", "ResourceQuota", "LimitRange", "Workflow", by_silence=True)
def check(audit: Audit) -> Iterator[Found]:
    """Hold for a namespace with workflows, and neither a quota nor a limit range."""
    limited = {
        item.value.metadata.namespace or "default"
        for kind in ("ResourceQuota", "LimitRange")
        for item in audit.facts.all_of(kind)
    }
    for name, first in audit.homes.items():
        if name in limited:
            continue
        yield Found(
            f"namespace/{name}",
            name,
            f"namespace {name} has neither a ResourceQuota nor a LimitRange",
            (Finding(first.located.source.at("metadata", "name"), first.name, "runs there"),),
            ("a ResourceQuota for the namespace",),
        )
