"""A hole of client mode is in the version that runs (AW-113)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.conditions import holds
from trustpath.audits.installations import Audit, at_component, subject_of
from trustpath.engine.argo.advisories import advisories_of, next_safe


@marked("AW-113", "high", by_mode=True)
def check(audit: Audit) -> Iterator[Found]:
    """Hold for a server in client mode whose version takes false tokens somewhere."""
    for item, server in audit.servers:
        if server.version is None or "client" not in item.modes:
            continue
        found = tuple(
            hole
            for hole in advisories_of(server.version)
            if hole.condition in ("client", "client-archive") and holds(audit, item, hole.condition)
        )
        if found:
            safe = next_safe(server.version, found)
            yield Found(
                subject_of(server),
                server.namespace,
                f"in client mode, {', '.join(f'{hole.id}: {hole.says}' for hole in found)}",
                (at_component(server, "has the hole"),),
                (f"upgrade to {'.'.join(map(str, safe))} or later" if safe else "upgrade to a newer version",),
            )
