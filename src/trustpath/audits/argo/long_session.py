"""Sessions last for long (AW-112)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_setting, subject_of
from trustpath.audits.settings import hours, unread_settings

MOST_HOURS = 24


@marked("AW-112", "low", by_mode=True)
def check(audit: Audit) -> Iterator[Result]:
    """Hold for sessions of more than a day."""
    for item, server in audit.servers:
        if "sso" not in item.modes:
            continue
        if item.settings is None:
            yield unread_settings(item)
            continue
        expiry = item.settings.sso.session_expiry if item.settings.sso else ""
        if expiry and hours(expiry) > MOST_HOURS:
            yield Found(
                subject_of(server),
                server.namespace,
                f"a session lasts {expiry}: who leaves is let in for that long",
                (at_setting(item, "sso", f"sessionExpiry: {expiry}"),),
                ("sso.sessionExpiry: 10h",),
            )
