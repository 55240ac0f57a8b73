"""Users may submit any workflow (AW-605)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_setting, subject_of
from trustpath.audits.settings import unread_settings
from trustpath.model.argo_settings import WorkflowRestrictions


@marked("AW-605", "medium")
def check(audit: Audit) -> Iterator[Result]:
    """Hold without workflowRestrictions.templateReferencing."""
    for item, controller in audit.controllers:
        if item.settings is None:
            yield unread_settings(item)
            continue
        restrictions = item.settings.part("workflowRestrictions", WorkflowRestrictions)
        if restrictions is None or not restrictions.template_referencing:
            yield Found(
                subject_of(controller),
                controller.namespace,
                "users may submit any workflow: templateReferencing is not set",
                (at_setting(item, "workflowRestrictions", "no templateReferencing"),),
                ("workflowRestrictions.templateReferencing: Strict or Secure, where users cannot write templates",),
                "",
            )
