"""The server does not check whether it speaks to the provider (AW-110)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_setting, subject_of
from trustpath.audits.settings import unread_settings


@marked("AW-110", "high", by_mode=True)
def check(audit: Audit) -> Iterator[Result]:
    """Hold for sso.insecureSkipVerify."""
    for item, server in audit.servers:
        if "sso" not in item.modes:
            continue
        if item.settings is None:
            yield unread_settings(item)
        elif item.settings.sso is not None and item.settings.sso.insecure_skip_verify:
            yield Found(
                subject_of(server),
                server.namespace,
                "the certificate of the OIDC provider is not checked",
                (at_setting(item, "sso", "insecureSkipVerify: true"),),
                ("put the provider's CA into sso.rootCA, and take insecureSkipVerify away",),
                "Who answers in the provider's place signs in as anybody.",
            )
