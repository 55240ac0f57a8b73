"""What may let Argo's server find the token of an account: the annotation that names it, or a token (S8)."""

from collections.abc import Iterator

from trustpath.model.fix import Candidate, CreateObject, Operation, PatchObject
from trustpath.paths.argo_sign_in.token_secret import FOR_ACCOUNT, NAME, TOKEN_TYPE, token_name, tokens_of
from trustpath.paths.argo_sign_in.walk import Walk


def repair(walk: Walk) -> Iterator[Candidate]:
    """Yield the annotation for a token that is there, or else a new token under the name that counts."""
    if walk.chosen is None:
        return
    account = walk.chosen.value
    namespace, name = account.metadata.namespace or "default", account.metadata.name
    for secret in tokens_of(walk, account):
        operation = Operation("add", ("metadata", "annotations", NAME), secret.value.metadata.name)
        title = f"annotate service account {namespace}/{name} with its token's name {secret.value.metadata.name}"
        yield Candidate(title, (PatchObject("ServiceAccount", namespace, name, (operation,)),))
    made = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": token_name(account), "namespace": namespace, "annotations": {FOR_ACCOUNT: name}},
        "type": TOKEN_TYPE,
    }
    yield Candidate(f"make Secret {namespace}/{token_name(account)}, a token of {name}", (CreateObject(made),))
