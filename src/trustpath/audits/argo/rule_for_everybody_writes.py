"""Everybody who signs in may write (AW-219)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, shown
from trustpath.paths.argo_sign_in.rules import RULE
from trustpath.paths.links import Finding

WRITES = ("create", "update", "patch", "delete", "*")


@marked("AW-219", "high", "ServiceAccount", "RoleBinding", "Role", by_mode=True)
def check(audit: Audit) -> Iterator[Found]:
    """Hold for the rule `true` on an account with verbs that write."""
    for item in audit.mapped_accounts:
        metadata = item.value.metadata
        account = (metadata.namespace or "default", metadata.name)
        if metadata.annotation(RULE).strip(" ()") != "true":
            continue
        held = next((held for held in audit.held(account) if set(held.rule.verbs or ()) & set(WRITES)), None)
        if held is not None:
            yield Found(
                shown(account),
                account[0],
                f"everybody who signs in acts as `{metadata.name}`, which may write",
                (
                    Finding(item.source.at("metadata", "annotations", RULE), "true", "holds for everybody"),
                    audit.at_rule(held, "writes"),
                ),
                ("a rule that names groups, or a role that only reads",),
            )
