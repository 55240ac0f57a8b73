"""The archive speaks to its database in the clear (AW-510)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_setting, subject_of
from trustpath.audits.settings import unread_settings
from trustpath.model.argo_settings import Persistence

WEAK = frozenset({"allow", "disable", "prefer"})


@marked("AW-510", "medium")
def check(audit: Audit) -> Iterator[Result]:
    """Hold for PostgreSQL with ssl off, or a mode that does not insist."""
    for item, controller in audit.controllers:
        if item.settings is None:
            yield unread_settings(item)
            continue
        persistence = item.settings.part("persistence", Persistence)
        database = persistence.postgresql if persistence else None
        if database is not None and (database.ssl is False or database.ssl_mode in WEAK):
            yield Found(
                subject_of(controller),
                controller.namespace,
                "the connection to the database is not encrypted",
                (at_setting(item, "persistence", f"ssl {database.ssl}, sslMode {database.ssl_mode or 'not set'}"),),
                ("ssl: true and sslMode: verify-full",),
                "",
            )
