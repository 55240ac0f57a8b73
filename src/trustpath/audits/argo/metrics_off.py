"""The controller is not measured (AW-704)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_setting, subject_of
from trustpath.audits.settings import unread_settings
from trustpath.model.argo_settings import Metrics


@marked("AW-704", "low")
def check(audit: Audit) -> Iterator[Result]:
    """Hold for metricsConfig.enabled: false."""
    for item, controller in audit.controllers:
        if item.settings is None:
            yield unread_settings(item)
            continue
        metrics = item.settings.part("metricsConfig", Metrics)
        if metrics is not None and not metrics.enabled:
            yield Found(
                subject_of(controller),
                controller.namespace,
                "metrics are off",
                (at_setting(item, "metricsConfig", "enabled: false"),),
                ("metricsConfig.enabled: true",),
                "",
            )
