"""Steps reach everything, the metadata service of their node as well (AW-306)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit
from trustpath.model.exposure import NetworkPolicy
from trustpath.paths.links import Finding

METADATA = "169.254.169.254"


@marked("AW-306", "medium", "NetworkPolicy", "Workflow", "CronWorkflow", "WorkflowTemplate", by_silence=True)
def check(audit: Audit) -> Iterator[Found]:
    """Hold for a namespace with workflows and no policy for all of its pods, in either direction."""
    by_namespace: dict[str, list[NetworkPolicy]] = {}
    for item in audit.facts.all_of("NetworkPolicy"):
        by_namespace.setdefault(item.value.metadata.namespace or "default", []).append(item.value)
    for name, first in audit.homes.items():
        policies = by_namespace.get(name, [])
        whole = [
            policy
            for policy in policies
            if not (policy.spec.pod_selector.match_labels or policy.spec.pod_selector.match_expressions)
        ]
        directions = {direction for policy in whole for direction in policy.spec.types}
        missing = [direction for direction in ("Ingress", "Egress") if direction not in directions]
        reached = "Egress" in directions and any(_reaches_metadata(policy) for policy in policies)
        if not missing and not reached:
            continue
        what = (
            f"no policy for {' and '.join(missing).lower()} of all pods"
            if missing
            else f"its policy lets {METADATA} through"
        )
        yield Found(
            f"namespace/{name}",
            name,
            f"namespace {name} has {what}" if missing else f"steps in {name} reach the metadata service: {what}",
            (Finding(first.located.source.at("metadata", "name"), first.name, "runs there"),),
            (f"a NetworkPolicy for all pods of {name} that denies by default, and leaves {METADATA} out",),
            "By the metadata service a step takes the role of its node, unless the hop limit is 1.",
        )


def _reaches_metadata(policy: NetworkPolicy) -> bool:
    for rule in policy.spec.egress or ():
        if rule.peers is None:
            return True
        for peer in rule.peers:
            block = peer.ip_block
            if (
                block is not None
                and block.cidr == "0.0.0.0/0"
                and not any(hole.startswith("169.254.") for hole in block.holes or ())
            ):
                return True
    return False
