"""Credentials of the repository may be in logs (AW-515)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.conditions import holds
from trustpath.audits.installations import Audit, at_component, subject_of
from trustpath.audits.settings import unread_settings
from trustpath.engine.argo.advisories import advisories_of

IN_LOGS = frozenset({"CVE-2025-62157", "CVE-2026-42295"})


@marked("AW-515", "high")
def check(audit: Audit) -> Iterator[Result]:
    """Hold for a version that writes them, and a repository that has some."""
    for item, controller in audit.controllers:
        if controller.version is None:
            continue
        found = [hole for hole in advisories_of(controller.version) if hole.id in IN_LOGS]
        if found and item.settings is None:
            yield unread_settings(item)
        elif found and holds(audit, item, "static-keys"):
            yield Found(
                subject_of(controller),
                controller.namespace,
                f"credentials of the artifact repository may be in logs: {', '.join(hole.id for hole in found)}",
                (at_component(controller, "writes them"),),
                ("upgrade, and make new keys: the old ones may have been read",),
            )
