"""A stored token that Argo's executor or agent takes is not there.

What: looks for the Secret of each account that a workflow's executor or agent takes a stored token of.
Why it denies: the pod mounts it, and does not start without (4.3, 4.4); from Kubernetes 1.24 on nobody makes it.
Not a problem when: the workflow has neither an executor's account nor HTTP or plugin templates.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.stored_token import name_for
from trustpath.paths.workflow_run.walk import WorkflowWalk


@cause("stored-token")
def check(walk: WorkflowWalk) -> Iterator[Diagnosis]:
    """Hold for a Secret that is not there under the name that counts."""
    if walk.missing_token is None:
        return
    account, taker = walk.missing_token.account, walk.missing_token.taker
    result = walk.result("stored-token")
    wanted = name_for(walk.snapshot.kubernetes, walk.namespace, account)
    yield Diagnosis(
        confidence="certain",
        title=f"{taker} takes a stored token of `{account}`, and Secret `{wanted}` is not there",
        explanation="From Kubernetes 1.24 on it has to be made by hand, and it does not expire.",
        evidence=result.evidence,
        expected=result.expected,
        got=result.got,
        symptom=f'MountVolume.SetUp failed for volume "exec-sa-token" : secret "{wanted}" not found'
        if taker == "the executor"
        else "",
        help=(
            f"make Secret {wanted} of type kubernetes.io/service-account-token in {walk.namespace}",
            f"with the annotation kubernetes.io/service-account.name: {account}",
        ),
    )
