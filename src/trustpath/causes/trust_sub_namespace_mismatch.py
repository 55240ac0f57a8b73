"""The trust policy names the service account in another namespace.

What: compares the :sub condition with the pod's namespace and service account, part by part.
Why it denies: the namespace is part of the token's subject.
Not a problem when: the workload is meant to run in that other namespace.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.iam.wildcards import has_wildcard
from trustpath.engine.messages.sts import NOT_AUTHORIZED
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.trust_misses import PREFIX, ClaimMiss, Subject, claim_misses, fits, update_commands
from trustpath.paths.pod_to_aws.walk import Walk


@cause("trust-policy")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the account's name fits and the namespace does not."""
    if walk.trust is None:
        return
    policy = walk.trust.role.source.at("AssumeRolePolicyDocument")
    for found in claim_misses(walk.trust, "sub"):
        named = Subject.parse(found.nearest.value)
        if named is None or not fits(named.name, walk.account_name) or fits(named.namespace, walk.namespace):
            continue
        name = walk.trust.role.value.name
        yield Diagnosis(
            confidence="certain",
            title=f"role `{name}` trusts the service account in `{named.namespace}`, not in `{walk.namespace}`",
            explanation="The namespace is part of the token's subject." + _star(found),
            evidence=(
                Finding(
                    policy.at(*found.nearest.path),
                    found.nearest.value,
                    f"expected {walk.namespace}",
                    (len(PREFIX), len(named.namespace)),
                ),
                *(
                    [
                        Finding(
                            walk.account.source.at("metadata", "namespace"),
                            walk.namespace,
                            "the pod's namespace",
                        )
                    ]
                    if walk.account
                    else []
                ),
            ),
            expected=walk.subject,
            got=found.nearest.value,
            symptom=NOT_AUTHORIZED,
            help=(
                f"either deploy the workload in namespace {named.namespace}, for which the role was made",
                f"or set {found.miss.condition.key} to {walk.subject} in the trust policy of {name}:",
                *update_commands(name),
            ),
        )


def _star(found: ClaimMiss) -> str:
    if has_wildcard(found.nearest.value) and "Like" not in found.miss.condition.operator:
        return f" And {found.miss.condition.operator} takes the star literally: only StringLike knows wildcards."
    return ""
