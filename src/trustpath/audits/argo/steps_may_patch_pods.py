"""A step may change its sibling pods (AW-209)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, shown
from trustpath.engine.argo.rights import ONLY_TASK_RESULTS


@marked("AW-209", "medium", "RoleBinding", "Role", "Workflow")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for patch and update on pods where the version has no use for it."""
    for account in audit.workflow_accounts:
        version = audit.version_for(account[0])
        if account in audit.component_accounts or version is None or version < ONLY_TASK_RESULTS:
            continue
        for held in audit.held(account):
            verbs = [verb for verb in ("patch", "update") if held.allows(verb, "", "pods")]
            if verbs and "*" not in (held.rule.resources or ()):
                yield Found(
                    shown(account),
                    account[0],
                    f"steps that run as `{account[1]}` may {' and '.join(verbs)} pods",
                    (audit.at_rule(held, "not needed from 3.4 on"),),
                    ("take pods out of the rule",),
                    "A step can give a sibling another image, and with it take what that one may.",
                )
                break
