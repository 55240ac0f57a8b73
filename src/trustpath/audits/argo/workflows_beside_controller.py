"""Others than administrators may run workflows in the controller's namespace (AW-214)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit
from trustpath.model.argo import GROUP


@marked("AW-214", "high", "RoleBinding", "Role", "ClusterRoleBinding", "ClusterRole")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for others than administrators and Argo's own parts."""
    for _, controller in audit.controllers:
        for grant in audit.who_may(("create",), GROUP, "workflows", controller.namespace):
            subject = grant.subject
            yield Found(
                f"{subject.kind.lower()}/{subject.name}",
                controller.namespace,
                f"{subject.kind} `{subject.name}` may run workflows beside the controller",
                (audit.at_binding(grant, f"granted by {grant.kind} {grant.binding.metadata.name}"),),
                ("run workflows in another namespace, and take this binding away",),
                "A workflow there can run as the controller's account, or change the controller.",
            )
