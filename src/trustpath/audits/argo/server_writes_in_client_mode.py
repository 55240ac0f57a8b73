"""The server may write workflows as itself, and every user brings a token (AW-205)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, subject_of
from trustpath.model.argo import GROUP

WRITES = ("create", "update", "patch", "delete")


@marked("AW-205", "medium", "ClusterRoleBinding", "ClusterRole", "RoleBinding", "Role", by_mode=True)
def check(audit: Audit) -> Iterator[Found]:
    """Hold for verbs that write on resources of Argo, in mode client alone."""
    for item, server in audit.servers:
        if item.modes != {"client"}:
            continue
        for held in audit.held((server.namespace, server.account)):
            resources = [
                resource
                for resource in ("workflows", "workflowtemplates", "cronworkflows", "clusterworkflowtemplates")
                if any(held.allows(verb, GROUP, resource) for verb in WRITES)
            ]
            if resources:
                yield Found(
                    subject_of(server),
                    server.namespace,
                    f"the server may write {', '.join(resources)} as itself, and its mode is client",
                    (audit.at_rule(held, "the user's own token does this"),),
                    ("leave list and watch for its caches, and take the verbs that write out of the role",),
                )
                break
