"""Metrics are served over plain HTTP (AW-705)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_setting, subject_of
from trustpath.audits.settings import unread_settings
from trustpath.model.argo_settings import Metrics


@marked("AW-705", "low")
def check(audit: Audit) -> Iterator[Result]:
    """Hold for metricsConfig.secure: false."""
    for item, controller in audit.controllers:
        if item.settings is None:
            yield unread_settings(item)
            continue
        metrics = item.settings.part("metricsConfig", Metrics)
        if metrics is not None and metrics.enabled and metrics.secure is False:
            yield Found(
                subject_of(controller),
                controller.namespace,
                "metrics are served without TLS",
                (at_setting(item, "metricsConfig", "secure: false"),),
                ("metricsConfig.secure: true, or a NetworkPolicy",),
                "",
            )
