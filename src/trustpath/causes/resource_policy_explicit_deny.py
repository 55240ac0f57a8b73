"""The resource's own policy denies the request.

What: asks the resource's policy for a Deny statement that applies.
Why it denies: a Deny wins over every Allow, in the same account as well.
Not a problem when: the Deny is meant: then the caller has to come another way.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.model.policy_facts import resource_policy_command
from trustpath.paths.pod_to_aws.permission_misses import by_message, denial, denied, told
from trustpath.paths.pod_to_aws.walk import Walk


@cause("permissions", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a Deny of the resource's policy decides, or a message says so."""
    for found in denied(walk, "resource"):
        if found.decision.result != "explicitly-denied" or found.action.lower().startswith(("s3:", "kms:", "sts:")):
            continue
        yield Diagnosis(
            confidence="certain",
            title=f"the resource's policy denies {found.action} to role `{found.session.role.name}`",
            explanation="A Deny wins over every Allow.",
            evidence=(*found.statements(), *by_message(walk)),
            expected="no Deny that applies",
            got="a Deny statement",
            symptom=denial(found, "resource", explicit=True),
            help=("except the role from the Deny statement, for instance with ArnNotLike aws:PrincipalArn",),
        )
        return
    said = told(walk, "resource")
    if said is not None and said.explicit and walk.evaluation is not None:
        found = walk.evaluation
        if found.action.lower().startswith(("s3:", "kms:", "sts:")):
            return
        service = found.action.partition(":")[0].lower()
        yield Diagnosis(
            confidence="likely",
            title=f"the resource's policy denies {walk.action}, as AWS says",
            explanation="It was not read.",
            evidence=by_message(walk),
            symptom=denial(found, "resource", explicit=True),
            help=(resource_policy_command(service, found.resource) or "read the resource's policy",),
        )
