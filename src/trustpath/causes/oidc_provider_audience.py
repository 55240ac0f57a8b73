"""The provider does not list the audience that the webhook's tokens carry.

What: looks for the token's audience among the provider's client ids (O4).
Why it denies: STS refuses the token before it looks at the role.
Not a problem when: the pod asks for another audience on purpose; then see token-audience-mismatch.
"""

from collections.abc import Iterator
from shlex import quote

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages.sts import INCORRECT_AUDIENCE
from trustpath.engine.sts import DEFAULT_AUDIENCE
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.walk import Walk


@cause("oidc-provider")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the usual audience is asked for and the provider lacks it."""
    details = walk.provider.details if walk.provider else None
    if details is None or walk.provider is None or walk.audience != DEFAULT_AUDIENCE:
        return
    if walk.audience in details.value.client_ids:
        return
    ids = details.value.client_ids
    accepted = ", ".join(ids) or "nothing"
    place = details.source.at("ClientIDList", 0) if len(ids) == 1 else details.source.at("ClientIDList")
    yield Diagnosis(
        confidence="certain",
        title=f"the OIDC provider does not list audience `{walk.audience}`",
        explanation=f"It accepts {accepted}; the pod's token is made for {walk.audience}.",
        evidence=(Finding(place, accepted, f"expected {walk.audience}"),),
        expected=walk.audience,
        got=accepted,
        symptom=INCORRECT_AUDIENCE,
        help=(
            f"aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn "
            f"{quote(str(walk.provider.arn))} --client-id {quote(walk.audience)}",
        ),
    )
