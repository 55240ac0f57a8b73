"""The server may run commands in pods (AW-203)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, subject_of

VERBS = ("create", "get", "list", "watch", "update", "patch", "delete")


@marked("AW-203", "high", "ClusterRoleBinding", "ClusterRole", "RoleBinding", "Role")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for any verb on pods/exec."""
    for _, server in audit.servers:
        for held in audit.held((server.namespace, server.account)):
            verbs = [verb for verb in VERBS if held.allows(verb, "", "pods/exec")]
            if verbs:
                yield Found(
                    subject_of(server),
                    server.namespace,
                    "the server may run commands in " + ("every pod of the cluster" if held.everywhere else "pods"),
                    (audit.at_rule(held, f"{', '.join(verbs)} on pods/exec"),),
                    ("take pods/exec out of the role: the server has no use for it",),
                    "Up to Kubernetes 1.34 `get` on pods/exec is enough, by websocket.",
                )
                break
