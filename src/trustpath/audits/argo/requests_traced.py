"""Logs hold requests with their credentials, or whole pods (AW-516)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_setting, subject_of
from trustpath.audits.settings import unread_settings
from trustpath.model.argo_settings import LogStrategy
from trustpath.paths.links import Finding


@marked("AW-516", "medium")
def check(audit: Audit) -> Iterator[Result]:
    """Hold for ARGO_TRACE, and for a strategy that logs the specs of pods."""
    for item, controller in audit.controllers:
        flag = controller.variables.get("ARGO_TRACE")
        if flag is not None and flag.value not in ("", "0", "false"):
            yield Found(
                subject_of(controller),
                controller.namespace,
                "requests to the artifact repository are logged with their headers",
                (Finding(flag.source, flag.value, "ARGO_TRACE"),),
                ("take ARGO_TRACE away",),
            )
        if item.settings is None:
            yield unread_settings(item)
            continue
        strategy = item.settings.part("podSpecLogStrategy", LogStrategy)
        if strategy is not None and (strategy.all_pods or strategy.failed_pod):
            yield Found(
                subject_of(controller),
                controller.namespace,
                "the specs of pods are logged, with the values of their variables",
                (at_setting(item, "podSpecLogStrategy", "is on"),),
                ("take podSpecLogStrategy away when the search is over",),
            )
