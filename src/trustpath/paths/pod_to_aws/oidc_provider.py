"""The seventh link: IAM knows the cluster's issuer in the role's account and accepts the audience."""

from shlex import quote

from trustpath.model.aws_facts import OidcProviderFact
from trustpath.model.fact import Absent, Known, NotCollected
from trustpath.model.trace import Need
from trustpath.paths.links import NOT_REACHED, Finding, LinkResult, broken, ok, unknown, unread
from trustpath.paths.pod_to_aws.walk import Walk


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    issuer = walk.snapshot.issuer(walk.question.cluster)
    if isinstance(issuer, Known):
        walk.issuer = issuer.value
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
    if walk.audience not in ids:
        return broken(
            f"the provider does not accept audience {walk.audience}",
            Finding(fact.details.source.at("ClientIDList"), ", ".join(ids), "accepted audiences"),
            expected=walk.audience,
            got=", ".join(ids) or "no client id",
        )
    return ok(f"the cluster's issuer is registered in account {fact.arn.account}", shown)
