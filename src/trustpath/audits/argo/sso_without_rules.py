"""Everybody who signs in acts as the server's own account (S2, AW-109)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_setting, subject_of
from trustpath.audits.settings import unread_settings


@marked("AW-109", "high", by_mode=True)
def check(audit: Audit) -> Iterator[Result]:
    """Hold for mode sso without sso.rbac.enabled."""
    for item, server in audit.servers:
        if "sso" not in item.modes:
            continue
        if item.settings is None:
            yield unread_settings(item)
        elif item.settings.sso is not None and not item.settings.sso.rbac.enabled:
            yield Found(
                subject_of(server),
                server.namespace,
                f"sso.rbac is off: everybody who signs in acts as `{server.account}`",
                (at_setting(item, "sso", "has no rbac.enabled: true"),),
                ("sso.rbac.enabled: true, and a service account with a rule for each group",),
                "Whoever the provider lets in has the rights of the server; Kubernetes' audit log shows the server.",
            )
