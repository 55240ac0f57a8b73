"""Argo's own pods have more rights on their node than they need (AW-611)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_component, subject_of


@marked("AW-611", "medium")
def check(audit: Audit) -> Iterator[Found]:
    """Hold where one of the settings of the official manifests is missing."""
    for item in audit.installations:
        for part in item.components:
            template = part.workload.value.template
            of_pod = template.spec.security_context if template else None
            own = part.container.security_context
            missing = []
            if not ((own and own.run_as_non_root) or (of_pod and of_pod.run_as_non_root)):
                missing.append("runAsNonRoot")
            if not (own and own.read_only_root_filesystem):
                missing.append("readOnlyRootFilesystem")
            if not (own and own.allow_privilege_escalation is False):
                missing.append("allowPrivilegeEscalation: false")
            if not (own and own.capabilities and "ALL" in (own.capabilities.drop or ())):
                missing.append("drop ALL")
            if missing:
                yield Found(
                    subject_of(part),
                    part.namespace,
                    f"the container of the {part.kind} lacks {', '.join(missing)}",
                    (at_component(part, "its securityContext"),),
                    ("the securityContext of the official manifests",),
                )
