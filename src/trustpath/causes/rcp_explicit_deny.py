"""A resource control policy denies the request.

What: asks the resource control policies above the resource's account for a Deny that applies.
Why it denies: they limit everybody who reaches resources of a member account (iam-evaluation 4.1).
Not a problem when: the program can do without the call.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.iam.near_misses import StatementResult
from trustpath.paths.pod_to_aws.permission_misses import by_message, denial, denied, evaluations, told
from trustpath.paths.pod_to_aws.walk import Walk
from trustpath.paths.role_permissions import Evaluation


@cause("permissions", "trust-policy", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a resource control policy denies, may deny, or a message says that one does."""
    trust = walk.trust_controls
    on_trust = (trust,) if trust is not None and trust.decision.result == "explicitly-denied" else ()
    for found in (*on_trust, *denied(walk, "rcp")):
        if found.decision.result != "explicitly-denied":
            continue
        names = sorted({result.policy for result in found.decision.decided_by})
        yield Diagnosis(
            confidence="certain",
            title=f"a resource control policy denies {found.action}",
            explanation=f"{', '.join(names)} stands above the account; nothing in the account can undo it.",
            evidence=(*found.statements(), *by_message(walk)),
            expected="no Deny that applies",
            got="a Deny statement",
            symptom=denial(found, "rcp", explicit=True),
            help=(
                "have the organization except this role from the Deny statement, or switch off the feature that calls "
                f"{found.action}",
            ),
        )
        return
    said = told(walk, "rcp")
    if said is not None and walk.evaluation is not None:
        yield Diagnosis(
            confidence="likely",
            title=f"a resource control policy denies {walk.action}, as AWS says",
            explanation="The policy was not read.",
            evidence=by_message(walk),
            symptom=denial(walk.evaluation, "rcp", explicit=True),
            help=("ask who manages the organization for its policies: aws organizations list-policies-for-target",),
        )
        return
    for found in evaluations(walk):
        for result in (*found.may_deny, *_undecided(found)):
            if result.policy.startswith("RCP ") and result.statement.effect == "Deny":
                yield Diagnosis(
                    confidence="likely",
                    title=f"a resource control policy may deny {found.action}",
                    explanation="Whether it applies depends on what was not read.",
                    evidence=(found.place(result),),
                    symptom=denial(found, "rcp", explicit=True),
                    help=(f"find out what {result.policy} is attached to and whether its conditions hold",),
                )
                return


def _undecided(found: Evaluation) -> tuple[StatementResult, ...]:
    return found.decision.decided_by if found.decision.result == "unknown" else ()
