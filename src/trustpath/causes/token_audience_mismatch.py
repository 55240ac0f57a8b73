"""A token is made for an audience of its own that the provider does not list.

What: compares a custom audience, from the annotation or a volume written by hand, and that of the Secrets Store CSI
provider, with the client ids.
Why it denies: STS refuses the token before it looks at the role.
Not a problem when: the token is meant for another service than STS.
"""

from collections.abc import Iterator
from shlex import quote

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages.sts import INCORRECT_AUDIENCE
from trustpath.engine.sts import DEFAULT_AUDIENCE
from trustpath.engine.webhook import AUDIENCE_ANNOTATION
from trustpath.model.answers import Located
from trustpath.model.iam import OidcProvider
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.oidc_provider import store_volume
from trustpath.paths.pod_to_aws.walk import Walk


@cause("oidc-provider")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when another audience than the usual one is asked for and the provider lacks it."""
    details = walk.provider.details if walk.provider else None
    if details is not None and walk.audience in details.value.client_ids:
        yield from _store(walk, details)
        return
    if details is None or walk.provider is None or walk.audience in ("", DEFAULT_AUDIENCE):
        return
    if walk.audience in details.value.client_ids:
        return
    accepted = ", ".join(details.value.client_ids) or "nothing"
    result = walk.result("token")
    annotated = walk.account is not None and walk.account.value.metadata.annotation(AUDIENCE_ANNOTATION)
    evidence = list(result.evidence[:1])
    if annotated and walk.account:
        place = walk.account.source.at("metadata", "annotations", AUDIENCE_ANNOTATION)
        evidence.insert(0, Finding(place, walk.audience, "asked for here"))
    yield Diagnosis(
        confidence="certain",
        title=f"the token is made for `{walk.audience}`, which the OIDC provider does not list",
        explanation=f"The provider accepts {accepted}.",
        evidence=(
            *evidence,
            Finding(details.source.at("ClientIDList"), accepted, "the audiences that it accepts"),
        ),
        expected=accepted,
        got=walk.audience,
        symptom=INCORRECT_AUDIENCE,
        help=(
            f"ask for an audience that the provider accepts ({accepted}), or add this one:",
            f"aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn "
            f"{quote(str(walk.provider.arn))} --client-id {quote(walk.audience)}",
        ),
    )


def _store(walk: Walk, details: Located[OidcProvider]) -> Iterator[Diagnosis]:
    """The CSI provider asks for the usual audience, whatever the annotation says."""
    volume = store_volume(walk)
    if not isinstance(volume, Finding) or DEFAULT_AUDIENCE in details.value.client_ids or walk.provider is None:
        return
    accepted = ", ".join(details.value.client_ids) or "nothing"
    yield Diagnosis(
        confidence="likely",
        title=f"the Secrets Store CSI provider asks for a token with audience `{DEFAULT_AUDIENCE}`, which the OIDC "
        "provider does not list",
        explanation=f"The pod's own token is for {walk.audience}; the CSI provider makes another one for the account.",
        evidence=(Finding(details.source.at("ClientIDList"), accepted, "the audiences that it accepts"), volume),
        expected=DEFAULT_AUDIENCE,
        got=accepted,
        symptom=INCORRECT_AUDIENCE,
        help=(
            "let the provider accept it as well:",
            f"aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn "
            f"{quote(str(walk.provider.arn))} --client-id {DEFAULT_AUDIENCE}",
        ),
    )
