"""The account of a workflow lacks what the executor needs (AW-208)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Open, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, shown, words
from trustpath.engine.argo.rights import OLDEST, ONLY_TASK_RESULTS, TASK_RESULTS, executor_rights


@marked(
    "AW-208",
    "high",
    "RoleBinding",
    "Role",
    "Workflow",
    breaks=True,
    cause="argo-executor-permission-missing",
)
def check(audit: Audit) -> Iterator[Result]:
    """Hold for an account that workflows run as and that cannot write task results, or patch pods up to 3.3."""
    for account, evidence in audit.workflow_accounts.items():
        if account in audit.component_accounts:
            continue  # AW-404
        version = audit.version_for(account[0])
        # 3.3 does with either set, older versions with the one on pods.
        sets = [executor_rights(version)[:1]] if version is None or version >= ONLY_TASK_RESULTS else []
        if version is not None and version < ONLY_TASK_RESULTS:
            sets = [executor_rights((3, 2, 0))[:1], *([executor_rights(None)] if version >= TASK_RESULTS else [])]
        lacking = [audit.missing(account, rights, account[0]) for rights in sets]
        if any(missing == () for missing in lacking):
            continue
        if any(missing is None for missing in lacking):
            yield Open(f"not all bindings and roles of {account[0]}/{account[1]} were read")
            continue
        if version is None and audit.missing(account, executor_rights(OLDEST)[:1], account[0]) == ():
            yield Open(f"which Argo runs the workflows of {account[0]} is not known: up to 3.3 its rights are enough")
            continue
        missing = lacking[-1] or ()
        yield Found(
            shown(account),
            account[0],
            f"workflows run as `{account[1]}`, which lacks "
            + ", ".join(f"{', '.join(item.verbs)} on {item.resource}" for item in missing),
            evidence[:3],
            tuple(f"grant it {words(item)} in {account[0]}" for item in missing),
            "The executor beside each step needs it; without patch alone a workflow hangs.",
        )
