"""Nothing limits how many workflows run at once (AW-309)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_setting, subject_of
from trustpath.audits.settings import unread_settings


@marked("AW-309", "low", "Workflow")
def check(audit: Audit) -> Iterator[Result]:
    """Hold for a controller of several namespaces without parallelism and namespaceParallelism."""
    for item, controller in audit.controllers:
        if item.watched:
            continue
        if item.settings is None:
            yield unread_settings(item)
        elif not (item.settings.has("parallelism") or item.settings.has("namespaceParallelism")):
            yield Found(
                subject_of(controller),
                controller.namespace,
                "nothing limits how many workflows run at once, of all namespaces together",
                (at_setting(item, "parallelism", "neither parallelism nor namespaceParallelism"),),
                ("namespaceParallelism in the controller's ConfigMap",),
            )
