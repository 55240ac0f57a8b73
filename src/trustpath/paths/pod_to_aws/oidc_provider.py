"""The seventh link: IAM knows the cluster's issuer in the role's account and accepts the audience."""

from shlex import quote

from trustpath.engine import sts
from trustpath.model.aws_facts import OidcProviderFact
from trustpath.model.fact import Absent, Known, NotCollected
from trustpath.model.trace import Need
from trustpath.paths.links import NOT_REACHED, Finding, LinkResult, broken, ok, unknown, unread
from trustpath.paths.pod_to_aws.sdk import STORE_DRIVER
from trustpath.paths.pod_to_aws.walk import Walk


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    issuer = walk.snapshot.issuer(walk.question.cluster)
    if isinstance(issuer, Known):
        walk.issuer = issuer.value
    if walk.method in ("pod-identity", "node"):
        return LinkResult("not-applicable", "no OIDC provider plays a part")
    if walk.role_arn is None or walk.foreign_token:
        return NOT_REACHED
    if not isinstance(issuer, Known):
        missing = issuer if not isinstance(issuer, Absent) else NotCollected(issuer.what, "")
        return unknown(f"the issuer of the cluster's tokens {unread(missing)}", missing)
    evidence = (Finding(issuer.value.source, issuer.value.value, "the cluster's issuer"),)
    other = walk.snapshot.other_issuer_of(walk.subject, issuer.value.value)
    if other is not None:
        return unknown(
            f"a token of {walk.subject} is of another issuer than the cluster that was read: {other.value}",
            Need(
                "the cluster that the pod runs in", "aws eks describe-cluster --name NAME > eks-describe-cluster.json"
            ),
            evidence=evidence,
        )
    provider = walk.role_call(walk.role_arn).provider
    if provider is None:
        return NOT_REACHED
    match walk.snapshot.aws.oidc_provider(provider):
        case Known(fact):
            walk.provider = fact
            return _check_audience(walk, fact)
        case Absent() as absent:
            return broken(
                f"account {provider.account} has no IAM OIDC provider for the cluster's issuer: {absent.shown_by}",
                *evidence,
                expected=str(provider),
                got="no such provider",
            )
        case missing_provider:
            return unknown(f"the list of providers {unread(missing_provider)}", missing_provider, evidence=evidence)


def store_volume(walk: Walk) -> Finding | NotCollected | None:
    """Return the place of a volume by which the AWS provider of the Secrets Store CSI driver fetches for the pod.

    A missing fact where its class was not read. The provider presents a token of the pod's account that it asks for
    itself, with STS's usual audience whatever the annotation says. It fetches secrets and parameters, and nothing else.
    """
    service = walk.action.partition(":")[0].lower()
    if walk.spec is None or walk.spec_source is None or service not in ("", "secretsmanager", "ssm"):
        return None
    for index, volume in enumerate(walk.spec.volumes or ()):
        if volume.csi is None or volume.csi.driver != STORE_DRIVER:
            continue
        name = (volume.csi.volume_attributes or {}).get("secretProviderClass", "")
        known = walk.snapshot.kubernetes.object("SecretProviderClass", walk.namespace, name)
        if isinstance(known, Known) and known.value.value.spec.provider == "aws":
            return Finding(walk.spec_source.at("volumes", index, "csi", "driver"), volume.csi.driver, "mounts for it")
        if not isinstance(known, Known):
            command = f"kubectl get secretproviderclass {quote(name)} -n {quote(walk.namespace)} -o yaml > class.yaml"
            return NotCollected(f"SecretProviderClass {walk.namespace}/{name}", command)
    return None


def _check_audience(walk: Walk, fact: OidcProviderFact) -> LinkResult:
    shown = Finding(fact.shown_by, str(fact.arn), "the provider")
    if fact.details is None:
        arn = quote(str(fact.arn))
        command = f"aws iam get-open-id-connect-provider --open-id-connect-provider-arn {arn} > provider.json"
        conflict = ": the answers that were read disagree" if fact.disagree else ""
        missing_details = NotCollected(f"the client ids of {fact.arn}{conflict}", command)
        return unknown(f"registered; its audiences were not read{conflict}", missing_details, evidence=(shown,))
    if not walk.audience:
        return unknown("registered; the token's audience is not known", Need("the token's audience"), evidence=(shown,))
    ids = fact.details.value.client_ids
    store = store_volume(walk)
    if walk.audience in ids and isinstance(store, NotCollected) and sts.DEFAULT_AUDIENCE not in ids:
        return unknown("registered; whether the Secrets Store CSI provider fetches for the pod was not read", store)
    if walk.audience in ids and isinstance(store, Finding) and sts.DEFAULT_AUDIENCE not in ids:
        return broken(
            f"the Secrets Store CSI provider asks for a token with audience {sts.DEFAULT_AUDIENCE}, which the provider "
            "does not accept",
            Finding(fact.details.source.at("ClientIDList"), ", ".join(ids), "accepted audiences"),
            store,
            expected=sts.DEFAULT_AUDIENCE,
            got=", ".join(ids) or "no client id",
        )
    if walk.audience not in ids:
        return broken(
            f"the provider does not accept audience {walk.audience}",
            Finding(fact.details.source.at("ClientIDList"), ", ".join(ids), "accepted audiences"),
            expected=walk.audience,
            got=", ".join(ids) or "no client id",
        )
    return _check_certificate(walk, fact, shown)


def _check_certificate(walk: Walk, fact: OidcProviderFact, shown: Finding) -> LinkResult:
    """Return whether IAM trusts the host that has the issuer's keys, where its certificates were read (O5)."""
    registered = f"the cluster's issuer is registered in account {fact.arn.account}"
    found = walk.snapshot.certificates(walk.issuer.value) if walk.issuer is not None else None
    if found is None or fact.details is None or not found.value.certificates:
        return ok(registered, shown)
    host, chain = found.value.host, found.value.certificates
    place = Finding(found.source.at("certificates", len(chain) - 1, "sha1"), chain[-1].sha1, f"the last one of {host}")
    if found.value.public_authority:
        return ok(f"{registered}; a public authority vouches for {host}, and thumbprints play no part", shown, place)
    if found.value.public_authority is None:
        return unknown(
            f"registered; the certificate of {host} is not valid: {found.value.problem}",
            Need(f"a valid certificate of {host}: what STS makes of this one is not known"),
            evidence=(shown, place),
        )
    thumbprints = tuple(text.lower() for text in fact.details.value.thumbprints)
    if chain[-1].sha1 in thumbprints:
        return ok(f"{registered}, with the thumbprint of the certificates of {host}", shown, place)
    walk.last_certificate = chain[-1]
    return broken(
        f"no public authority vouches for {host} ({found.value.problem}), and the provider has no thumbprint of it",
        Finding(fact.details.source.at("ThumbprintList"), ", ".join(thumbprints), "what the provider has", key=True),
        place,
        expected=chain[-1].sha1,
        got=", ".join(thumbprints) or "no thumbprint",
    )
