"""The policy of another account's resource does not admit the role.

What: asks the resource's own policy where the resource belongs to another account.
Why it denies: across accounts both sides have to allow: the role and the resource (iam-evaluation 4.1).
Not a problem when: the program assumes a role of that account first.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.permission_misses import by_message, denial, denied, told
from trustpath.paths.pod_to_aws.walk import Walk


@cause("permissions", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when another account's resource has no statement for the role, or a message says so."""
    for found in denied(walk, "resource"):
        action = found.action.lower()
        if found.decision.result == "explicitly-denied" or action.startswith(("kms:", "sts:")):
            continue
        places = [Finding(place, "", name) for name, place in found.sources.items() if name.startswith("the policy of")]
        here = (Finding(walk.role.source.at("Arn"), walk.role.value.arn, "the caller"),) if walk.role else ()
        yield Diagnosis(
            confidence="certain",
            title=f"the resource's policy does not admit role `{found.session.role.name}` of another account",
            explanation=f"{found.resource} is not in account {found.session.role.account}.",
            evidence=(*places, *here, *by_message(walk)),
            expected=f"a statement for {found.session.role} or its account",
            got="none applies" if places else "no policy",
            symptom=denial(found, "resource", explicit=False),
            help=(
                f"add a statement to the resource's policy: Principal AWS {found.session.role}, Action {found.action}",
            ),
        )
        return
    said = told(walk, "resource")
    if said is not None and said.explicit is False and walk.evaluation is not None:
        if said.action.lower().startswith("kms:"):
            return
        yield Diagnosis(
            confidence="likely",
            title=f"the resource's policy does not allow {walk.action}, as AWS says",
            explanation="It was not read.",
            evidence=by_message(walk),
            symptom=denial(walk.evaluation, "resource", explicit=False),
            help=("read the policy of the resource, in its own account",),
        )
