"""The statement for the provider allows another action than sts:AssumeRoleWithWebIdentity.

What: compares the statement's actions with the call that a pod makes (S9).
Why it denies: sts:AssumeRole is another action, and it does not cover this one.
Not a problem when: another statement allows it.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages.sts import NOT_AUTHORIZED
from trustpath.engine.sts import ACTION
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.trust_misses import action_miss, update_commands
from trustpath.paths.pod_to_aws.walk import Walk


@cause("trust-policy")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the principal fits and the action does not."""
    miss = action_miss(walk.trust) if walk.trust else None
    if miss is None or walk.trust is None:
        return
    policy = walk.trust.role.source.at("AssumeRolePolicyDocument")
    named = ", ".join(text.value for text in miss.actions) or "no action"
    yield Diagnosis(
        confidence="certain",
        title=f"the statement for the OIDC provider allows `{named}`, not `{ACTION}`"
        if not miss.negated
        else f"the statement for the OIDC provider excludes `{ACTION}`",
        explanation="A pod presents a token, and that is the action AssumeRoleWithWebIdentity.",
        evidence=tuple(Finding(policy.at(*text.path), text.value, f"expected {ACTION}") for text in miss.actions)
        or (Finding(policy, "", "trust policy"),),
        expected=ACTION,
        got=named,
        symptom=NOT_AUTHORIZED,
        help=(
            f"in the trust policy of {walk.trust.role.value.name}, set Action to {ACTION}",
            *update_commands(walk.trust.role.value.name),
        ),
    )
