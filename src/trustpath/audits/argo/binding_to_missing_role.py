"""An account of Argo is bound to a role that does not exist (AW-218)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, shown


@marked("AW-218", "high", "RoleBinding", "Role", "ClusterRoleBinding", "ClusterRole", breaks=True)
def check(audit: Audit) -> Iterator[Found]:
    """Hold for a grant to an account that Argo or a workflow uses."""
    for account, whose in audit.used_accounts.items():
        for grant in audit.grants(account):
            if audit.rbac.authorizer.rules_of(grant.role) is None and not audit.rbac.may_exist(grant.role):
                name = grant.binding.metadata.name
                yield Found(
                    shown(account),
                    account[0],
                    f"{grant.kind} `{name}` binds the account of {whose} to {grant.role}, which does not exist",
                    (audit.at_binding(grant, "no such role"),),
                    (f"make {grant.role}, or bind another one",),
                )
