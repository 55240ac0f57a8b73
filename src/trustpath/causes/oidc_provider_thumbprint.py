"""The thumbprint of the OIDC provider is not the issuer's.

What: compares the certificates of the issuer's host (--online), or reads what STS says of them; IAM checks them for
issuers whose certificate no public authority signed.
Why it denies: a certificate of a private authority has to match one of the thumbprints of the provider (O5).
Not a problem when: the issuer is EKS's own, or has a certificate of a public authority.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.symptoms import stands_at
from trustpath.paths.pod_to_aws.walk import Walk


@cause("oidc-provider", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the last certificate of a private authority is not among the thumbprints, or STS says so."""
    if walk.last_certificate is not None:
        link = walk.result("oidc-provider")
        yield Diagnosis(
            # Which authorities IAM knows is not published: those of Mozilla are the nearest list.
            confidence="likely",
            title="the provider's thumbprint is not that of the issuer's certificate",
            explanation="The thumbprint is that of the last certificate which the issuer's host sends, not of its own. "
            f"That one counts until {walk.last_certificate.not_after[:10]}.",
            evidence=link.evidence,
            expected=link.expected,
            got=link.got,
            symptom="OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
            help=(),
        )
        return
    if walk.symptom is None or walk.symptom.causes[:1] != ("oidc-provider-thumbprint",):
        return
    details = walk.provider.details if walk.provider else None
    place = details.source.at("ThumbprintList") if details else None
    shown = ", ".join(details.value.thumbprints) if details and details.value.thumbprints else "no thumbprint"
    host = walk.issuer.value.removeprefix("https://").partition("/")[0] if walk.issuer else "ISSUER"
    arn = walk.provider.arn if walk.provider else "ARN"
    yield Diagnosis(
        confidence="likely",
        title="the provider's thumbprint is not that of the issuer's certificate",
        explanation="The thumbprint is that of the last certificate which the issuer's host sends, not of its own.",
        evidence=(*([Finding(place, shown, "what the provider has")] if place else []), stands_at(walk, "STS says so")),
        expected=f"the thumbprint of the last certificate of {host}",
        got=shown,
        symptom="OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
        help=(
            f"openssl s_client -servername {host} -showcerts -connect {host}:443    # take the last one, then",
            f"aws iam update-open-id-connect-provider-thumbprint --open-id-connect-provider-arn {arn} "
            "--thumbprint-list SHA1",
        ),
    )
