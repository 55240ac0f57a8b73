"""Everybody with edit or admin may run workflows (AW-212)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit
from trustpath.model.argo import GROUP
from trustpath.paths.links import Finding

LABEL = "rbac.authorization.k8s.io/aggregate-to-edit"


@marked("AW-212", "medium", "ClusterRole")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for a ClusterRole that adds creating workflows to edit."""
    for item in audit.facts.all_of("ClusterRole"):
        metadata = item.value.metadata
        if (metadata.labels or {}).get(LABEL) != "true":
            continue
        for number, rule in enumerate(item.value.rules or ()):
            creates = {"create", "*"} & set(rule.verbs or ())
            if creates and GROUP in (rule.api_groups or ()) and {"workflows", "*"} & set(rule.resources or ()):
                yield Found(
                    f"clusterrole/{metadata.name}",
                    "",
                    f"ClusterRole `{metadata.name}` lets everybody with edit or admin run workflows",
                    (Finding(item.source.at("rules", number, "verbs"), "verbs", "is added to edit", key=True),),
                    ("where tenants are not to run workflows: Helm createAggregateRoles: false, and roles by name",),
                    "They could create pods before; a workflow runs them as any account of the namespace as well.",
                )
