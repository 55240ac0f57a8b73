"""A service control policy denies the action.

What: asks the service control policies above the account for a Deny that applies.
Why it denies: they limit every role of a member account, whatever its own policies say (iam-evaluation 4.1).
Not a problem when: the program can do without the call.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.iam.near_misses import StatementResult
from trustpath.paths.pod_to_aws.permission_misses import by_message, denial, denied, evaluations, told
from trustpath.paths.pod_to_aws.walk import Walk
from trustpath.paths.role_permissions import Evaluation


@cause("permissions", "role-chain", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a service control policy denies, may deny, or a message says that one does."""
    for found in denied(walk, "scp"):
        if found.decision.result != "explicitly-denied":
            continue
        names = sorted({result.policy for result in found.decision.decided_by})
        yield Diagnosis(
            # Whether the unit is above the account was not read.
            confidence="likely" if found.doubtful.issuperset(names) else "certain",
            title=f"{_which(found)} denies {found.action}",
            explanation="It stands above the account; nothing in the account can undo it.",
            evidence=(*found.statements(), *by_message(walk)),
            symptom=denial(found, "scp", explicit=True),
            help=(
                f"switch off what calls {found.action} in the program, or send this to who manages the organization:",
                f"{_which(found)} denies {found.action} to {found.session.role}; please except the role",
            ),
        )
        return
    said = told(walk, "scp")
    if said is not None and walk.evaluation is not None:
        yield Diagnosis(
            confidence="likely",
            title=f"a service control policy denies {walk.action}, as AWS says",
            explanation="The policy was not read.",
            evidence=by_message(walk),
            symptom=denial(walk.evaluation, "scp", explicit=True),
            help=("ask who manages the organization for its policies: aws organizations list-policies-for-target",),
        )
        return
    for found in evaluations(walk):
        for result in (*found.may_deny, *_undecided(found)):
            if result.policy.startswith("SCP ") and result.statement.effect == "Deny":
                yield Diagnosis(
                    confidence="likely",
                    title=f"a service control policy may deny {found.action}",
                    explanation="Whether it applies depends on what was not read.",
                    evidence=(found.place(result),),
                    symptom=denial(found, "scp", explicit=True),
                    help=(f"find out what {result.policy} is attached to and whether its conditions hold",),
                )
                return


def _undecided(found: Evaluation) -> tuple[StatementResult, ...]:
    return found.decision.decided_by if found.decision.result == "unknown" else ()


def _which(found: Evaluation) -> str:
    """Return the policy, and its statement where that has a name."""
    result = next(iter(found.decision.decided_by), None)
    if result is None:
        return "a service control policy"
    sid = f" (statement {result.statement.sid})" if result.statement.sid else ""
    return f"service control policy {result.policy.partition(' ')[2]}{sid}"
