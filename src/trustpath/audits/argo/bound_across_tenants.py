"""An account of another namespace's workflows has rights in this one (AW-310)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit


@marked("AW-310", "high", "RoleBinding", "Workflow")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for a RoleBinding in a namespace with workflows that names an account of other workflows."""
    homes = {item.namespace for item in audit.workflows if item.namespace}
    for account in audit.workflow_accounts:
        for grant in audit.grants(account):
            where = grant.namespace
            if where and where != account[0] and where in homes and account not in audit.component_accounts:
                name = grant.binding.metadata.name
                yield Found(
                    f"rolebinding/{name} -n {where}",
                    where,
                    f"RoleBinding `{name}` lets workflows of {account[0]} into {where}, as `{account[1]}`",
                    (audit.at_binding(grant, f"for {account[0]}/{account[1]}"),),
                    ("take the subject out, or let the work run in one namespace",),
                )
