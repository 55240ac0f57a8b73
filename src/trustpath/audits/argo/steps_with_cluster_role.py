"""An account of workflows has rights in the whole cluster (AW-311)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, shown


@marked("AW-311", "high", "ClusterRoleBinding", "Workflow")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for a ClusterRoleBinding that names it."""
    for account in audit.workflow_accounts:
        if account in audit.component_accounts:
            continue
        for grant in audit.grants(account):
            if not grant.namespace:
                yield Found(
                    shown(account),
                    account[0],
                    f"`{account[1]}`, as which workflows run, holds {grant.role} in the whole cluster",
                    (audit.at_binding(grant, "counts everywhere"),),
                    (f"a RoleBinding in {account[0]}",),
                )
