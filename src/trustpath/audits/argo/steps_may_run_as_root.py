"""Steps run as root unless they say otherwise (AW-609)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_setting, subject_of
from trustpath.audits.settings import unread_settings


@marked("AW-609", "medium")
def check(audit: Audit) -> Iterator[Result]:
    """Hold for defaults without runAsNonRoot."""
    for item, controller in audit.controllers:
        if item.settings is None:
            yield unread_settings(item)
            continue
        security = item.settings.defaults.security_context
        if security is None or not security.run_as_non_root:
            yield Found(
                subject_of(controller),
                controller.namespace,
                "the defaults of workflows do not say runAsNonRoot",
                (at_setting(item, "workflowDefaults", "no securityContext.runAsNonRoot"),),
                ("workflowDefaults.spec.securityContext.runAsNonRoot: true",),
                "",
            )
