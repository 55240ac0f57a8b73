"""Two controllers work on the same namespace (AW-313)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_component, subject_of
from trustpath.audits.settings import unread_settings


@marked("AW-313", "medium")
def check(audit: Audit) -> Iterator[Result]:
    """Hold for controllers that watch the same namespace with the same instance id, or none."""
    seen: list[tuple[str, str]] = []
    for item, controller in audit.controllers:
        if len(audit.controllers) < 2:
            return
        if item.settings is None:
            yield unread_settings(item)
            continue
        mine = (item.watched, item.settings.part("instanceID", str) or "")
        for watched, instance in seen:
            if instance == mine[1] and (not watched or not mine[0] or watched == mine[0]):
                where = mine[0] or watched or "all namespaces"
                yield Found(
                    subject_of(controller),
                    controller.namespace,
                    f"two controllers work on {where}" + (f" with the instance id {instance}" if instance else ""),
                    (at_component(controller, "works on what another one works on"),),
                    ("give each an instanceID, or a namespace of its own",),
                )
                break
        seen.append(mine)
