"""What may let Argo's server find the token of an account: the annotation that names it, or a token (S8)."""

from collections.abc import Iterator

from trustpath.model.fix import Candidate, CreateObject, Operation, PatchObject
from trustpath.paths.argo_sign_in.walk import Walk
from trustpath.paths.stored_token import FOR_ACCOUNT, NAME, TOKEN_TYPE, name_for, token_name, tokens_of
from trustpath.paths.workflow_run.walk import WorkflowWalk


def repair(walk: Walk) -> Iterator[Candidate]:
    """Yield the annotation for a token that is there, or else a new token under the name that counts."""
    if walk.chosen is None:
        return
    account = walk.chosen.value
    namespace, name = account.metadata.namespace or "default", account.metadata.name
    for secret in tokens_of(walk.snapshot.kubernetes, namespace, name):
        operation = Operation("add", ("metadata", "annotations", NAME), secret.value.metadata.name)
        title = f"annotate service account {namespace}/{name} with its token's name {secret.value.metadata.name}"
        yield Candidate(title, (PatchObject("ServiceAccount", namespace, name, (operation,)),))
    yield _new_token(namespace, name, token_name(account))


def repair_workflow(walk: WorkflowWalk) -> Iterator[Candidate]:
    """Yield a stored token for the account that the workflow's executor or agent takes one of."""
    if walk.missing_token is not None:
        account = walk.missing_token.account
        yield _new_token(walk.namespace, account, name_for(walk.snapshot.kubernetes, walk.namespace, account))


def _new_token(namespace: str, account: str, name: str) -> Candidate:
    made = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace, "annotations": {FOR_ACCOUNT: account}},
        "type": TOKEN_TYPE,
    }
    return Candidate(f"make Secret {namespace}/{name}, a token of {account}", (CreateObject(made),))
