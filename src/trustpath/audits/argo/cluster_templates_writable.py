"""Others than administrators may change ClusterWorkflowTemplates (AW-216)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit
from trustpath.model.argo import GROUP


@marked("AW-216", "medium", "RoleBinding", "Role", "ClusterRoleBinding", "ClusterRole")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for others than administrators and Argo's own parts."""
    for _ in audit.controllers[:1]:
        for grant in audit.who_may(("create", "update", "patch"), GROUP, "clusterworkflowtemplates", ""):
            subject = grant.subject
            yield Found(
                f"{subject.kind.lower()}/{subject.name}",
                "",
                f"{subject.kind} `{subject.name}` may change ClusterWorkflowTemplates",
                (audit.at_binding(grant, f"granted by {grant.kind} {grant.binding.metadata.name}"),),
                ("leave writing to administrators (Helm: server.clusterWorkflowTemplates.enableEditing: false)",),
                "Workflows of all namespaces may be made of them.",
            )
