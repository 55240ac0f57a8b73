"""The server may read every secret of the cluster (AW-202)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, subject_of


@marked("AW-202", "high", "ClusterRoleBinding", "ClusterRole")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for a rule without names that counts everywhere."""
    for _, server in audit.servers:
        for held in audit.held((server.namespace, server.account)):
            if not held.everywhere or held.rule.resource_names:
                continue
            verbs = [verb for verb in ("get", "list", "watch") if held.allows(verb, "", "secrets")]
            if verbs:
                yield Found(
                    subject_of(server),
                    server.namespace,
                    f"the server may {', '.join(verbs)} every secret of the cluster",
                    (audit.at_rule(held, "secrets without resourceNames"),),
                    ("a Role in the server's namespace, with resourceNames (Helm: server.sso.rbac.secretWhitelist)",),
                    "In client mode it needs none; for SSO rules it needs the tokens of the mapped accounts.",
                )
                break
