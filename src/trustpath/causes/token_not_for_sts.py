"""The client presents a token that is not meant for STS.

What: looks at which token stands in the file that AWS_WEB_IDENTITY_TOKEN_FILE names.
Why it denies: a token from a Secret has no audience, the API server's own has another (W21).
Not a problem when: the provider in IAM lists the API server's audience on purpose.
"""

from collections.abc import Iterator
from shlex import quote

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.eks.pod_identity import AUDIENCE
from trustpath.engine.messages.sts import INCORRECT_AUDIENCE, MISSING_AUDIENCE
from trustpath.engine.webhook import ROLE_ANNOTATION, TOKEN_FILE
from trustpath.paths.pod_to_aws.walk import Walk


@cause("token")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the file holds the Kubernetes API's token."""
    token, named = walk.token, walk.credentials
    if token is None or named is None:
        return
    if walk.method == "irsa" and token.audience == AUDIENCE:
        yield _of_pod_identity(walk, named.token_file)
    if not walk.api_token:
        return
    legacy = token.kind == "secret"
    result = walk.result("token")
    annotate = (
        f"kubectl annotate serviceaccount {quote(walk.account_name)} -n {quote(walk.namespace)} "
        f"{ROLE_ANNOTATION}={quote(named.role_arn)}"
    )
    yield Diagnosis(
        confidence="certain" if walk.api_token_proven else "likely",
        title=f"`{named.token_file}` is the token for the Kubernetes API",
        explanation="It comes from a Secret and carries no audience."
        if legacy
        else "It is projected without an audience, so it is made for the API server.",
        evidence=result.evidence,
        expected=f"a projected token for sts.amazonaws.com, as the webhook mounts at {TOKEN_FILE}",
        got="a token without audience" if legacy else "a token with the API server's audience",
        symptom=MISSING_AUDIENCE if legacy else INCORRECT_AUDIENCE,
        help=(
            annotate,
            "remove both variables from the pod template; the webhook sets them in new pods",
        ),
    )


def _of_pod_identity(walk: Walk, path: str) -> Diagnosis:
    return Diagnosis(
        confidence="certain",
        title=f"`{path}` is a token for EKS Pod Identity",
        explanation="The agent takes it; STS does not.",
        evidence=walk.result("token").evidence,
        expected=f"a projected token for sts.amazonaws.com, as the webhook mounts at {TOKEN_FILE}",
        got=f"audience {AUDIENCE}",
        symptom=INCORRECT_AUDIENCE,
        help=(
            "remove AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE from the pod template; the webhook sets what is meant",
        ),
    )
