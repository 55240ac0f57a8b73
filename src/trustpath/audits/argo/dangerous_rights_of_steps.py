"""Steps may do what leads to more rights (AW-211)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, shown

_RBAC = "rbac.authorization.k8s.io"
DANGEROUS = (
    ("create", "", "pods", "run a pod as any account of the namespace"),
    ("create", "", "pods/exec", "run commands in other pods"),
    ("get", "", "secrets", "read every secret"),
    ("list", "", "secrets", "read every secret"),
    ("watch", "", "secrets", "read every secret"),
    ("create", "", "serviceaccounts/token", "make a token of any account"),
    ("impersonate", "", "serviceaccounts", "act as any account"),
    ("impersonate", "", "users", "act as anybody"),
    ("escalate", _RBAC, "roles", "write itself any rule"),
    ("bind", _RBAC, "roles", "bind itself to any role"),
    ("escalate", _RBAC, "clusterroles", "write itself any rule"),
    ("bind", _RBAC, "clusterroles", "bind itself to any role"),
)
"""Of the catalogue of rights that lead to more (kubernetes-rbac 6)."""


@marked("AW-211", "high", "RoleBinding", "Role", "ClusterRoleBinding", "ClusterRole", "Workflow")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for rights of the catalogue, of an account that workflows run as."""
    for account in audit.workflow_accounts:
        if account in audit.component_accounts:
            continue
        for held in audit.held(account):
            found = {
                what: f"{verb} {resource}"
                for verb, group, resource, what in DANGEROUS
                if not held.rule.resource_names and held.allows(verb, group, resource)
            }
            if found:
                yield Found(
                    shown(account),
                    account[0],
                    f"steps that run as `{account[1]}` may {', '.join(found)}",
                    (audit.at_rule(held, ", ".join(found.values())),),
                    ("take it out of the role, or name the objects in resourceNames",),
                )
