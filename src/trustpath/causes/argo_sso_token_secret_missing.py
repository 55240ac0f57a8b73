"""The service account that a rule chooses has no token where the Argo server looks for one.

What: looks for the Secret that the account lists, that its annotation names, or that is named after it.
Why it denies: the server acts with a stored token; from Kubernetes 1.24 on nobody makes it by itself (S8).
Not a problem when: SSO RBAC is off.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.argo_sign_in.walk import Walk
from trustpath.paths.links import Finding
from trustpath.paths.stored_token import FOR_ACCOUNT, NAME, TOKEN_TYPE, token_name, tokens_of


@cause("token-secret")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold for a chosen account without a token under the name that counts."""
    if walk.chosen is None:
        return
    result = walk.result("token-secret")
    metadata = walk.chosen.value.metadata
    namespace, wanted = metadata.namespace or "default", token_name(walk.chosen.value)
    own = tokens_of(walk.snapshot.kubernetes, namespace, metadata.name)
    found = tuple(
        Finding(item.source.at("metadata", "name"), item.value.metadata.name, "its token, under another name")
        for item in own[:2]
    )
    names = [item.value.metadata.name for item in own]
    yield Diagnosis(
        confidence="certain",
        title=f"the rule chooses `{metadata.name}`, and its token is not in Secret `{wanted}`",
        explanation=f"Its token is in Secret {names[0]}, which no annotation names." if names else f"{result.says}.",
        evidence=(*result.evidence, *found),
        expected=result.expected,
        got=result.got,
        symptom="rpc error: code = PermissionDenied desc = not allowed",
        help=(
            f"kubectl annotate serviceaccount {metadata.name} -n {namespace} {NAME}={names[0]}",
            f"or name the Secret {wanted}",
        )
        if names
        else (
            f"make a Secret {wanted} of type {TOKEN_TYPE} in {namespace}",
            f"with the annotation {FOR_ACCOUNT}: {metadata.name}",
        ),
    )
