"""Signing in goes over plain HTTP (AW-111)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_setting, subject_of
from trustpath.audits.settings import unread_settings


@marked("AW-111", "medium", by_mode=True)
def check(audit: Audit) -> Iterator[Result]:
    """Hold for an issuer or a redirect URL without TLS."""
    for item, server in audit.servers:
        if "sso" not in item.modes:
            continue
        if item.settings is None:
            yield unread_settings(item)
            continue
        sso = item.settings.sso
        for name, url in (("issuer", sso.issuer), ("redirectUrl", sso.redirect_url)) if sso else ():
            if url.startswith("http://"):
                yield Found(
                    subject_of(server),
                    server.namespace,
                    f"sso.{name} is a URL without TLS",
                    (at_setting(item, "sso", f"{name}: {url}"),),
                    (f"https:// in sso.{name}",),
                )
