"""People act as an account that may do everything (AW-222)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, shown
from trustpath.paths.argo_sign_in.rules import RULE
from trustpath.paths.links import Finding


@marked("AW-222", "high", "ServiceAccount", "RoleBinding", "ClusterRoleBinding", "Role", "ClusterRole", by_mode=True)
def check(audit: Audit) -> Iterator[Found]:
    """Hold for cluster-admin, and for every verb on everything."""
    for item in audit.mapped_accounts:
        metadata = item.value.metadata
        account = (metadata.namespace or "default", metadata.name)
        for held in audit.held(account):
            if "*" in (held.rule.verbs or ()) and "*" in (held.rule.resources or ()):
                rule = metadata.annotation(RULE)
                yield Found(
                    shown(account),
                    account[0],
                    f"people whom its rule lets in act as `{metadata.name}`, which may do everything"
                    + ("" if held.everywhere else f" in {held.grant.namespace}"),
                    (
                        audit.at_binding(held.grant, "everything"),
                        Finding(item.source.at("metadata", "annotations", RULE), rule, "for these people"),
                    ),
                    ("bind a role with what the people need",),
                )
                break
