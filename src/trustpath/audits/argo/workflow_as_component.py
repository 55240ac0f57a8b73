"""A workflow runs as the account of Argo's server or controller (AW-404)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, shown


@marked("AW-404", "critical", "Workflow", "CronWorkflow", "WorkflowTemplate", cause="argo-workflow-uses-component-sa")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for an account that both use."""
    for account, evidence in audit.workflow_accounts.items():
        part = audit.component_accounts.get(account)
        if part is not None:
            yield Found(
                shown(account),
                account[0],
                f"workflows run as `{account[1]}`, the account of the {part.kind}",
                evidence[:3],
                ("an account of their own, with create and patch on workflowtaskresults",),
                f"What runs in a step has all rights of the {part.kind}, and not those of an executor.",
            )
