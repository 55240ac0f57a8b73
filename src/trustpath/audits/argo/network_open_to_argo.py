"""Every pod reaches Argo's server and its metrics (AW-307)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_component, subject_of
from trustpath.engine.labels import selects


@marked("AW-307", "medium", "NetworkPolicy", by_silence=True)
def check(audit: Audit) -> Iterator[Found]:
    """Hold for components that no policy for incoming connections chooses."""
    for item in audit.installations:
        for part in item.components:
            template = part.workload.value.template
            labels = (template.metadata.labels or {}) if template else {}
            policies = (
                policy.value
                for policy in audit.facts.all_of("NetworkPolicy")
                if (policy.value.metadata.namespace or "default") == part.namespace
            )
            if not any(
                "Ingress" in policy.spec.types and selects(policy.spec.pod_selector, labels) for policy in policies
            ):
                yield Found(
                    subject_of(part),
                    part.namespace,
                    f"every pod of the cluster reaches the {part.kind}",
                    (at_component(part, "no NetworkPolicy chooses it"),),
                    ("a NetworkPolicy that lets the Ingress to port 2746, and the monitoring to 9090",),
                )
