"""A condition key is not the cluster's issuer without `https://`, a colon and the claim.

What: looks at the keys that end in :sub or :aud and carry another name than the issuer's (S10).
Why it denies: for the pod's call such a key is absent, and a positive condition on it never holds.
Not a problem when: the operator holds for absent keys (…IfExists, a negated one).
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages.sts import NOT_AUTHORIZED
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.trust_misses import foreign_keys, update_commands
from trustpath.paths.pod_to_aws.walk import Walk


@cause("trust-policy")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a claim's key carries something else than the issuer."""
    if walk.trust is None:
        return
    policy = walk.trust.role.source.at("AssumeRolePolicyDocument")
    issuer = walk.trust.call.issuer
    for found in foreign_keys(walk.trust):
        if found.another_issuer:
            continue  # see trust-conditions-anded
        miss = found.miss
        key = miss.condition.key
        wanted = f"{issuer}:{found.claim}"
        yield Diagnosis(
            confidence="certain",
            title=f"condition key `{key}` is not `{wanted}`",
            explanation=_why(key, issuer),
            evidence=(
                Finding(policy.at(*miss.condition.path), key, f"expected {wanted}", key=True),
                *([Finding(walk.issuer.source, walk.issuer.value, "the cluster's issuer")] if walk.issuer else []),
            ),
            expected=wanted,
            got=key,
            symptom=NOT_AUTHORIZED,
            help=(
                f"in the trust policy of {walk.trust.role.value.name}, write the key as {wanted}",
                *update_commands(walk.trust.role.value.name),
            ),
        )


def _why(key: str, issuer: str) -> str:
    name = key.rpartition(":")[0].lower()
    own = issuer.lower()
    if "://" in key:
        return "The key carries the scheme; IAM's key has none."
    if key.startswith("arn:"):
        return "The key is made from the provider's ARN; IAM's key is made from the issuer's host and path."
    if key.rstrip("/").lower() == own:
        return "The key lacks the claim after the issuer."
    if not name:
        return "The key lacks the issuer in front of the claim."
    if name == own:
        return "The claim behind the colon is not one of a token's: sub, aud."
    if name.rstrip("/") == own:
        return "The key has a slash after the issuer."
    if "$" in key or "<" in key or key.rpartition(":")[0].isupper():
        return "The key still holds a placeholder."
    if name == own.partition("/")[0]:
        return "The key has only the issuer's host, not its path."
    return "The key names another issuer, for example that of a cluster before it was made anew."
