"""Finished workflows are not kept (AW-707)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_setting, subject_of
from trustpath.audits.settings import unread_settings
from trustpath.model.argo_settings import Persistence


@marked("AW-707", "info")
def check(audit: Audit) -> Iterator[Result]:
    """Hold without persistence.archive."""
    for item, controller in audit.controllers:
        if item.settings is None:
            yield unread_settings(item)
            continue
        persistence = item.settings.part("persistence", Persistence)
        if persistence is None or not persistence.archive:
            yield Found(
                subject_of(controller),
                controller.namespace,
                "finished workflows are not archived",
                (at_setting(item, "persistence", "no archive: true"),),
                ("persistence.archive: true, and archiveTTL",),
                "",
            )
