"""The trust policy names the cluster's provider in another account than the role's.

What: compares the provider ARN in the principal with the one that STS looks up (O7, S8).
Why it denies: STS takes the provider of the role's own account, and the ARNs differ.
Not a problem when: another statement names the right one.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages.sts import NOT_AUTHORIZED
from trustpath.model.arn import OidcProviderArn
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.trust_misses import principal_miss, update_commands
from trustpath.paths.pod_to_aws.walk import Walk


@cause("trust-policy")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when issuer and partition fit and the account does not."""
    miss = principal_miss(walk.trust) if walk.trust else None
    if walk.trust is None or miss is None or miss.negated:
        return
    call = walk.trust.call
    policy = walk.trust.role.source.at("AssumeRolePolicyDocument")
    for entry in miss.entries:
        named = OidcProviderArn.parse(entry.value) if entry.kind == "Federated" else None
        if named is None or named.partition != call.role.partition or named.account == call.role.account:
            continue
        if call.issuer and named.issuer != call.issuer:
            continue  # see trust-federated-wrong-provider
        wanted = OidcProviderArn(named.partition, call.role.account, named.issuer)
        yield Diagnosis(
            confidence="certain" if call.issuer else "likely",
            title=f"`Federated` names account `{named.account}`; the role is in `{wanted.account}`",
            explanation="The provider has to be in the account of the role that is assumed.",
            evidence=(
                Finding(
                    policy.at(*entry.path),
                    entry.value,
                    f"expected {wanted.account}",
                    (entry.value.find(named.account), len(named.account)),
                ),
                Finding(walk.trust.role.source.at("Arn"), walk.trust.role.value.arn, "the role's account"),
            ),
            expected=str(wanted),
            got=entry.value,
            symptom=NOT_AUTHORIZED,
            help=(
                f"in the trust policy of {walk.trust.role.value.name}, set Federated to {wanted}",
                *update_commands(walk.trust.role.value.name),
            ),
        )
