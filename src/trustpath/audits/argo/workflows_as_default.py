"""Workflows run as the account `default` (AW-401)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, shown


@marked("AW-401", "medium", "Workflow", "CronWorkflow", "WorkflowTemplate")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for workflows that name no account, nor do the defaults; it is worse where default has rights."""
    for account, evidence in audit.workflow_accounts.items():
        if account[1] != "default":
            continue
        bound = any(True for _ in audit.grants(account))
        yield Found(
            shown(account),
            account[0],
            f"workflows in {account[0]} run as `default`" + (", which has rights" if bound else ""),
            evidence[:3],
            ("an account of their own, in spec.serviceAccountName",),
            "Every pod without an account of its own has what is granted to it.",
            "high" if bound else None,
        )
