"""The second link: every service account that the workflow names exists (4.1)."""

from trustpath.engine.rbac.request import service_account
from trustpath.model.fact import Absent
from trustpath.paths.links import NOT_REACHED, LinkResult, broken, ok
from trustpath.paths.workflow_run.walk import WorkflowWalk


def follow(walk: WorkflowWalk) -> LinkResult:
    """Return what this link found."""
    if walk.spec is None:
        return NOT_REACHED
    names = dict.fromkeys(walk.spec.account_of(item, walk.defaults) for item in walk.spec.templates or (None,))
    for name in names:
        fact = walk.snapshot.kubernetes.service_account(walk.namespace, name)
        if isinstance(fact, Absent) and not fact.implied:
            walk.user = service_account(walk.namespace, name)
            return broken(
                f"service account {walk.namespace}/{name} does not exist",
                expected=f"{walk.namespace}/{name}",
                got="no such service account",
            )
    return ok(f"its steps run as {', '.join(names)}")
