"""ConfigMaps with a label become containers of every step (AW-610)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, subject_of
from trustpath.paths.links import Finding


@marked("AW-610", "medium")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for ARGO_EXECUTOR_PLUGINS."""
    for _, controller in audit.controllers:
        flag = controller.variables.get("ARGO_EXECUTOR_PLUGINS")
        if flag is not None and flag.value == "true":
            yield Found(
                subject_of(controller),
                controller.namespace,
                "executor plugins are on: whoever may write a ConfigMap with their label runs code in the agent",
                (Finding(flag.source, flag.value, "plugins are on"),),
                ("turn them off where none is used, and guard the label by admission",),
            )
