"""The server may do what no server needs (AW-204)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, subject_of
from trustpath.engine.argo.rights import server_rights

ELSEWHERE = frozenset({"pods/exec", "secrets"})
"""What other checks are about."""


@marked("AW-204", "medium", "ClusterRoleBinding", "ClusterRole", "RoleBinding", "Role")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for a rule with a resource, or a verb on it, that is not on the list of the server."""
    for _, server in audit.servers:
        known: dict[tuple[str, str], set[str]] = {}
        for right in server_rights(server.version, sso=True, sso_rbac=True):
            known.setdefault((right.group, right.resource), set()).update(right.verbs)
        for held in audit.held((server.namespace, server.account)):
            surplus = sorted(
                f"{verb} {resource}"
                for group in held.rule.api_groups or ()
                for resource in held.rule.resources or ()
                for verb in held.rule.verbs or ()
                if resource not in ELSEWHERE
                and not resource.endswith("/finalizers")
                and verb not in known.get((group, resource), ())
            )
            if surplus:
                more = f" and {len(surplus) - 5} more" if len(surplus) > 5 else ""
                yield Found(
                    subject_of(server),
                    server.namespace,
                    f"the server may {', '.join(surplus[:5])}{more}, for which it has no use",
                    (audit.at_rule(held, "not on the list of the server"),),
                    ("take it out of the role",),
                )
