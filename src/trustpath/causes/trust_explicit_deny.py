"""A Deny statement of the trust policy matches.

What: evaluates the Deny statements of the trust policy on the pod's call.
Why it denies: one Deny that applies outweighs every Allow (S6).
Not a problem when: this pod is the one that the statement is there to keep out.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages.sts import NOT_AUTHORIZED
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.trust_misses import update_commands
from trustpath.paths.pod_to_aws.walk import Walk


@cause("trust-policy")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a Deny applies."""
    if walk.trust is None or walk.trust.decision.result != "explicitly-denied":
        return
    policy = walk.trust.role.source.at("AssumeRolePolicyDocument")
    for result in walk.trust.decision.decided_by:
        statement = result.statement
        name = f"`{statement.sid}`" if statement.sid else f"statement {statement.index + 1}"
        conditions = tuple(
            Finding(policy.at(*condition.path), condition.key, f"{condition.operator} holds", key=True)
            for condition in statement.conditions
        )
        yield Diagnosis(
            confidence="certain",
            title=f"{name} of the trust policy denies this pod",
            explanation="A Deny that applies outweighs every Allow; a negated condition also holds for a key that "
            "the request does not carry.",
            evidence=(
                Finding(policy.at(*statement.path, "Effect"), "Deny", "this statement applies"),
                *conditions,
            ),
            expected="no Deny statement that applies",
            got=name,
            symptom=NOT_AUTHORIZED,
            help=(
                f"narrow the conditions of {name}, or take this service account out of it",
                *update_commands(walk.trust),
            ),
        )
