"""An old executor takes more of the node than it should (AW-806)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_setting, subject_of
from trustpath.audits.settings import unread_settings

OLD = frozenset({"docker", "k8sapi", "kubelet", "pns"})
EMISSARY_ALONE = (3, 4, 0)


@marked("AW-806", "high")
def check(audit: Audit) -> Iterator[Result]:
    """Hold for containerRuntimeExecutor before 3.4, other than emissary."""
    for item, controller in audit.controllers:
        if controller.version is not None and controller.version >= EMISSARY_ALONE:
            continue
        if item.settings is None:
            yield unread_settings(item)
            continue
        executor = item.settings.part("containerRuntimeExecutor", str) or ""
        if executor in OLD:
            yield Found(
                subject_of(controller),
                controller.namespace,
                f"the executor is {executor}, which needs rights on the node or on other pods",
                (at_setting(item, "containerRuntimeExecutor", executor),),
                ("containerRuntimeExecutor: emissary, or an upgrade",),
            )
