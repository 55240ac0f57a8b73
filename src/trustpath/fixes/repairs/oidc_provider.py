"""What may make IAM know the cluster's issuer, and the audience of its tokens."""

from collections.abc import Iterator

from trustpath.engine import sts, webhook
from trustpath.fixes.repairs.workloads import annotated, restarts
from trustpath.model.fix import AddClientId, Candidate, CreateProvider, SetThumbprints
from trustpath.paths.pod_to_aws.walk import Walk


def repair(walk: Walk) -> Iterator[Candidate]:
    """Yield the provider, or one more audience of it."""
    if walk.role_arn is None:
        return
    provider = walk.role_call(walk.role_arn).provider
    audience = walk.audience or sts.DEFAULT_AUDIENCE
    if walk.provider is None:
        if provider is not None:
            title = f"register the cluster's issuer in account {provider.account}"
            yield Candidate(title, (CreateProvider(str(provider), (audience,)),))
        return
    arn = str(walk.provider.arn)
    details = walk.provider.details
    if walk.last_certificate is not None and details is not None:
        # IAM takes five.
        thumbprints = (*details.value.thumbprints[-4:], walk.last_certificate.sha1)
        yield Candidate("give the provider the thumbprint of the last certificate", (SetThumbprints(arn, thumbprints),))
    yield Candidate(f"let the provider accept audience {audience}", (AddClientId(arn, audience),))
    for accepted in details.value.client_ids if details else ():
        if accepted == audience:
            continue
        change = annotated(walk, webhook.AUDIENCE_ANNOTATION, accepted)
        yield Candidate(f"ask for tokens with audience {accepted}", (change, *restarts(walk)))
