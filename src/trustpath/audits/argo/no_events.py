"""Kubernetes events of workflows are off (AW-708)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_setting, subject_of
from trustpath.audits.settings import unread_settings
from trustpath.model.argo_settings import Events


@marked("AW-708", "low")
def check(audit: Audit) -> Iterator[Result]:
    """Hold where either kind is off."""
    for item, controller in audit.controllers:
        if item.settings is None:
            yield unread_settings(item)
            continue
        parts = {key: item.settings.part(key, Events) for key in ("nodeEvents", "workflowEvents")}
        off = [key for key, part in parts.items() if part is not None and not part.enabled]
        if off:
            yield Found(
                subject_of(controller),
                controller.namespace,
                f"{' and '.join(off)} are off",
                (at_setting(item, off[0], "enabled: false"),),
                ("leave them on",),
                "",
            )
