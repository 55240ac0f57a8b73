"""Others than administrators may change the controller's settings (AW-215)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit
from trustpath.model.answers import Located
from trustpath.model.argo import Installation
from trustpath.model.kubernetes import ARGO_CONTROLLER_SETTINGS


@marked("AW-215", "high", "RoleBinding", "Role", "ClusterRoleBinding", "ClusterRole")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for others than administrators and Argo's own parts."""
    for item, controller in audit.controllers:
        for grant in audit.who_may(("update", "patch"), "", "configmaps", controller.namespace, _name(item)):
            subject = grant.subject
            yield Found(
                f"{subject.kind.lower()}/{subject.name}",
                controller.namespace,
                f"{subject.kind} `{subject.name}` may change the controller's settings",
                (audit.at_binding(grant, f"granted by {grant.kind} {grant.binding.metadata.name}"),),
                ("take configmaps of that namespace out of the role",),
                "The settings say which image executes, as whom people act, and where artifacts go.",
            )


def _name(item: Installation) -> str:
    if isinstance(item.config, Located):
        return item.config.value.metadata.name
    return ARGO_CONTROLLER_SETTINGS
