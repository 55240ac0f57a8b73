"""The account `default` is bound to a role for workflows (AW-402)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, shown
from trustpath.model.argo import GROUP


@marked("AW-402", "high", "RoleBinding", "Role", "ServiceAccount")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for a grant to default whose role names resources of Argo."""
    for item in audit.facts.all_of("ServiceAccount"):
        metadata = item.value.metadata
        account = (metadata.namespace or "default", metadata.name)
        if metadata.name != "default":
            continue
        held = next((held for held in audit.held(account) if GROUP in (held.rule.api_groups or ())), None)
        if held is not None:
            yield Found(
                shown(account),
                account[0],
                f"`default` of {account[0]} is bound to {held.grant.role}, which is for workflows",
                (audit.at_binding(held.grant, "for every pod without an account"),),
                ("bind an account that workflows name",),
                "The quick start does so, for trials.",
            )
