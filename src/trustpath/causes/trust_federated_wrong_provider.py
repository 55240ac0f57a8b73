"""The trust policy names an OIDC provider that is misspelt, or belongs to another cluster.

What: compares the provider in the principal, byte for byte, with the cluster's (S8).
Why it denies: IAM does not check that the ARN exists, and another provider's name is another caller.
Not a problem when: the role is meant for that other cluster.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages import NOT_AUTHORIZED
from trustpath.model.arn import OidcProviderArn
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.trust_misses import names_cluster_provider, principal_miss, update_commands
from trustpath.paths.pod_to_aws.walk import Walk


@cause(link="trust-policy")
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
        if not names_cluster_provider(walk, entry):
            continue
        if named is not None and named.issuer == wanted.issuer and named.partition == wanted.partition:
            continue  # see trust-federated-wrong-account
        if entry.value in known:
            why = "That provider is another cluster's."
        else:
            why = "A cluster that is made anew has another issuer; IAM does not check that the ARN exists."
        yield Diagnosis(
            confidence="certain",
            title=f"`Federated` names `{entry.value}`, not this cluster's provider",
            explanation=why + " The condition keys carry the issuer as well.",
            evidence=(
                Finding(policy.at(*entry.path), entry.value, f"expected {wanted}"),
                *([Finding(walk.issuer.source, walk.issuer.value, "the cluster's issuer")] if walk.issuer else []),
            ),
            expected=str(wanted),
            got=entry.value,
            symptom=NOT_AUTHORIZED,
            help=(
                f"in the trust policy of {walk.trust.role.value.name}, set Federated to {wanted} and the condition "
                f"keys to {wanted.issuer}:aud and {wanted.issuer}:sub",
                *update_commands(walk.trust),
            ),
        )
        return
