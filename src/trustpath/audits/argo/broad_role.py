"""An account of Argo, or of workflows, holds a role that is far too broad (AW-201)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import BROAD_ROLES, Audit, shown


@marked("AW-201", "critical", "RoleBinding", "ClusterRoleBinding", "Role", "ClusterRole")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for cluster-admin, admin, edit, and a rule with every verb on everything."""
    for account, whose in audit.used_accounts.items():
        seen: set[str] = set()
        for grant in audit.grants(account):
            rules = audit.rbac.authorizer.rules_of(grant.role)
            everything = any(
                "*" in (rule.verbs or ()) and "*" in (rule.resources or ()) for rule in (rules.rules if rules else ())
            )
            named = grant.role.kind == "ClusterRole" and grant.role.name in BROAD_ROLES
            if not (everything or named) or str(grant.role) in seen:
                continue
            seen.add(str(grant.role))
            where = grant.namespace or "the whole cluster"
            yield Found(
                shown(account),
                account[0],
                f"the account of {whose} holds `{grant.role.name}` in {where}",
                (audit.at_binding(grant, "far more than it needs"),),
                ("bind a role with what it needs: trustpath explain AW-207, AW-208",),
                "Whoever runs code there has all of it.",
            )
