"""Who an IAM principal is to the cluster, from the facts of a snapshot."""

from trustpath.model.question import PrincipalToCluster
from trustpath.model.snapshot import Snapshot
from trustpath.model.who_can import Missing
from trustpath.model.whoami import SCHEMA_VERSION, WhoAmI
from trustpath.paths.principal_to_cluster import follow_principal_to_cluster


def find_user(snapshot: Snapshot, principal: str, cluster: str = "") -> WhoAmI:
    """Return the user of a principal. Raises QuestionError for an ARN that is no IAM principal."""
    walk = follow_principal_to_cluster(snapshot, PrincipalToCluster(principal, None, cluster))
    mapping = walk.result("mapping")
    policies = walk.policies.value.policies if walk.policies else ()
    scoped = tuple(
        f"{policy.name} ({'cluster' if policy.namespaces is None else ', '.join(policy.namespaces)})"
        for policy in policies
    )
    return WhoAmI(
        SCHEMA_VERSION,
        walk.principal.arn,
        "known" if walk.user else ("refused" if mapping.state == "broken" else "unknown"),
        walk.user.name if walk.user else "",
        walk.user.groups if walk.user else (),
        scoped,
        mapping.says,
        tuple(Missing(need.fact, need.command) for need in mapping.needs),
    )
