"""The bucket policy denies the request.

What: asks the bucket policy for a Deny statement that applies.
Why it denies: a Deny wins over every Allow, in the same account as well.
Not a problem when: the Deny is meant: then the caller has to come another way.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.iam.near_misses import StatementResult
from trustpath.model.policy_facts import resource_policy_command
from trustpath.paths.pod_to_aws.permission_misses import by_message, denial, denied, evaluations, told
from trustpath.paths.pod_to_aws.walk import Walk
from trustpath.paths.role_permissions import Evaluation


@cause("permissions", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a Deny of the bucket policy decides, or a message says so."""
    for found in denied(walk, "resource"):
        if found.decision.result != "explicitly-denied" or not found.action.lower().startswith("s3:"):
            continue
        yield Diagnosis(
            confidence="certain",
            title=f"the bucket policy denies {found.action} to role `{found.session.role.name}`",
            explanation="A Deny wins over every Allow.",
            evidence=(*found.statements(), *by_message(walk)),
            expected="no Deny that applies",
            got="a Deny statement",
            symptom=denial(found, "resource", explicit=True),
            help=("except the role from the Deny statement, for instance with ArnNotLike aws:PrincipalArn",),
        )
        return
    for found, result in _undecided(walk):
        yield Diagnosis(
            confidence="likely",
            title=f"the bucket policy may deny {found.action}: whether it does depends on the request",
            explanation="Its condition is about what was not read.",
            evidence=(found.place(result, "may apply"), *by_message(walk)),
            expected="no Deny that applies",
            got="a Deny statement that may",
            symptom=denial(found, "resource", explicit=True),
            help=("compare the condition with what the request carries",),
        )
        return
    said = told(walk, "resource")
    if said is not None and said.explicit and walk.evaluation is not None:
        found = walk.evaluation
        if not found.action.lower().startswith("s3:"):
            return
        yield Diagnosis(
            confidence="likely",
            title=f"the bucket policy denies {walk.action}, as AWS says",
            explanation="It was not read.",
            evidence=by_message(walk),
            symptom=denial(found, "resource", explicit=True),
            help=(resource_policy_command("s3", found.resource) or "read the bucket's policy",),
        )


def _undecided(walk: Walk) -> Iterator[tuple[Evaluation, StatementResult]]:
    """Yield the Deny statements of the bucket's policy that apply or not by what is not known."""
    for found in evaluations(walk):
        if found.decision.result == "unknown" and found.action.lower().startswith("s3:"):
            for result in found.decision.decided_by:
                if result.policy.startswith("the policy of") and result.statement.effect == "Deny":
                    yield found, result
