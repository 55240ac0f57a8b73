"""A Deny statement of the trust policy matches.

What: evaluates the Deny statements of the trust policy on the pod's call.
Why it denies: one Deny that applies outweighs every Allow (S6).
Not a problem when: this pod is the one that the statement is there to keep out.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.iam.decision import Decision
from trustpath.engine.messages.sts import NOT_AUTHORIZED, POD_IDENTITY_REFUSED
from trustpath.model.answers import Located
from trustpath.model.iam import Role
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.trust_misses import update_commands
from trustpath.paths.pod_to_aws.walk import Walk


@cause("trust-policy")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a Deny applies."""
    found = _denial(walk)
    if found is None:
        return
    role, decision, symptom = found
    policy = role.source.at("AssumeRolePolicyDocument")
    for result in decision.decided_by:
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
            symptom=symptom,
            help=(
                f"narrow the conditions of {name}, or take this service account out of it",
                *update_commands(role.value.name),
            ),
        )


def _denial(walk: Walk) -> tuple[Located[Role], Decision, str] | None:
    """Return the trust policy that denies, its decision, and what AWS prints."""
    if walk.trust is not None and walk.trust.decision.result == "explicitly-denied":
        return walk.trust.role, walk.trust.decision, NOT_AUTHORIZED
    trust = walk.pod_identity_trust
    for decision in trust.decisions.values() if trust is not None else ():
        if trust is not None and decision.result == "explicitly-denied":
            return trust.role, decision, POD_IDENTITY_REFUSED
    return None
