"""The trust policy names an OIDC provider that is misspelt, or belongs to another cluster.

What: compares the provider in the principal, byte for byte, with the cluster's (S8).
Why it denies: IAM does not check that the ARN exists, and another provider's name is another caller.
Not a problem when: the role is meant for that other cluster.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages.sts import NOT_AUTHORIZED
from trustpath.model.arn import OidcProviderArn
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.trust_misses import (
    names_cluster_provider,
    principal_miss,
    update_commands,
)
from trustpath.paths.pod_to_aws.walk import TrustVerdict, Walk


@cause("trust-policy")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a provider is named that is nearly, or no longer, the cluster's."""
    if walk.trust is None or walk.trust.call.provider is None:
        return
    miss = principal_miss(walk.trust)
    wanted = walk.trust.call.provider
    policy = walk.trust.role.source.at("AssumeRolePolicyDocument")
    known = {str(item.value) for item in walk.snapshot.aws.listed_providers()}
    for entry in miss.entries if miss and not miss.negated else ():
        named = OidcProviderArn.parse(entry.value)
        if not names_cluster_provider(entry, walk.trust.call, walk.snapshot.aws):
            continue
        if named is not None and named.issuer == wanted.issuer and named.partition == wanted.partition:
            continue  # see trust-federated-wrong-account
        yield Diagnosis(
            confidence="certain",
            title=f"`Federated` names `{entry.value}`, not this cluster's provider",
            explanation=_why(entry.value, named, wanted, known),
            evidence=(
                Finding(policy.at(*entry.path), entry.value, f"expected {wanted}"),
                *([Finding(walk.issuer.source, walk.issuer.value, "the cluster's issuer")] if walk.issuer else []),
            ),
            expected=str(wanted),
            got=entry.value,
            symptom=NOT_AUTHORIZED,
            help=(
                f"in the trust policy of {walk.trust.role.value.name}, set Federated to {wanted}",
                *_keys(walk.trust, wanted.issuer),
                *update_commands(walk.trust.role.value.name),
            ),
        )
        return


def _why(text: str, named: OidcProviderArn | None, wanted: OidcProviderArn, known: set[str]) -> str:
    if named is None:
        return "That is no ARN of an OIDC provider."
    if named.issuer == wanted.issuer:
        return f"The partition is `{named.partition}` and has to be `{wanted.partition}`."
    if named.issuer.lower() == wanted.issuer.lower():
        return "The case differs, and it counts."
    if named.issuer.removeprefix("https://").strip("/") == wanted.issuer:
        return "The ARN has the issuer without its scheme and without a slash at the end."
    if text in known:
        return "That provider is another cluster's."
    return "A cluster that is made anew has another issuer; IAM does not check that the ARN exists."


def _keys(verdict: TrustVerdict, issuer: str) -> tuple[str, ...]:
    nearest = verdict.nearest
    keys = (
        {condition.key.rpartition(":")[0].lower() for condition in nearest.statement.conditions} if nearest else set()
    )
    if not keys or keys == {issuer.lower()}:
        return ()
    return (f"and the condition keys to {issuer}:aud and {issuer}:sub",)
