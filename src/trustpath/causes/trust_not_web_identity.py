"""The role trusts only services, AWS principals or other identity providers.

What: looks for a statement whose principal is an OIDC provider of the cluster's kind.
Why it denies: a pod comes as a federated caller; no other kind of principal covers it (S7).
Not a problem when: the role is meant for EKS Pod Identity, EC2 or another role.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages.sts import NOT_AUTHORIZED
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.trust_misses import names_cluster_provider, principal_miss, update_commands
from trustpath.paths.pod_to_aws.walk import Walk


@cause("trust-policy")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when no Allow statement names a provider that could be meant for the cluster."""
    if walk.trust is None or walk.trust.decision.result != "implicitly-denied":
        return
    decision = walk.trust.decision
    if decision.near_misses and principal_miss(walk.trust) is None:
        return
    if any(
        names_cluster_provider(entry, walk.trust.call, walk.snapshot.aws)
        for result in decision.near_misses
        for entry in result.statement.principals or ()
    ):
        return
    policy = walk.trust.role.source.at("AssumeRolePolicyDocument")
    entries = [
        Finding(policy.at(*entry.path), entry.value, f"trusted as {entry.kind}")
        for result in decision.near_misses
        for entry in result.statement.principals or result.statement.not_principals or ()
    ]
    trusted = ", ".join(finding.value for finding in entries) or "nobody"
    star = any(finding.value == "*" for finding in entries)
    call = walk.trust.call
    provider = str(call.provider) if call.provider else "the ARN of the cluster's OIDC provider"
    issuer = call.issuer or "<the cluster's issuer without https://>"
    others = any(finding.label == "trusted as Federated" for finding in entries)
    yield Diagnosis(
        confidence="likely" if star or others else "certain",
        title=f"role `{walk.trust.role.value.name}` does not trust the cluster's OIDC provider",
        explanation=f"It trusts {trusted}. A pod comes with a token of the cluster's issuer, as a federated caller.",
        evidence=tuple(entries) or (Finding(policy, "", "trust policy"),),
        expected=f"Federated: {provider}",
        got=trusted,
        symptom=NOT_AUTHORIZED,
        help=(
            f"add a statement with Principal Federated {provider}, Action sts:AssumeRoleWithWebIdentity and the "
            f"condition StringEquals {issuer}:sub = {walk.subject}",
            *update_commands(walk.trust.role.value.name),
        ),
    )
