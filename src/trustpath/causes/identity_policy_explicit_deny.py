"""A policy of the role denies the action.

What: looks for a Deny statement of an identity policy that applies.
Why it denies: a Deny wins over every Allow.
Not a problem when: the Deny is meant: then the program has to be changed.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.pod_to_aws.permission_misses import by_message, denial, denied, told
from trustpath.paths.pod_to_aws.walk import Walk


@cause("permissions", "role-chain", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a Deny of an identity policy decides, or a message says so."""
    for found in denied(walk, "identity"):
        if found.decision.result != "explicitly-denied":
            continue
        yield Diagnosis(
            confidence="certain",
            title=f"a policy of role `{found.session.role.name}` denies {found.action}",
            explanation="A Deny wins over every Allow.",
            evidence=(*found.statements(), *by_message(walk)),
            expected="no Deny that applies",
            got="a Deny statement",
            symptom=denial(found, "identity", explicit=True),
            help=("take the action out of the Deny statement, or except this resource from it",),
        )
        return
    said = told(walk, "identity")
    if said is not None and said.explicit and walk.evaluation is not None:
        yield Diagnosis(
            confidence="likely",
            title=f"a policy of the role denies {walk.action}, as AWS says",
            explanation="The statement is not among the policies that were read.",
            evidence=by_message(walk),
            symptom=denial(walk.evaluation, "identity", explicit=True),
            help=("read every policy of the role: aws iam list-role-policies, list-attached-role-policies",),
        )
