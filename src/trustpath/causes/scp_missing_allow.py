"""No service control policy at some level allows the action.

What: asks each level above the account for an Allow.
Why it denies: root, every unit and the account each need one, mostly FullAWSAccess (iam-evaluation 4.1).
Not a problem when: the account is the management account.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.permission_misses import by_message, denial, denied, told
from trustpath.paths.pod_to_aws.walk import Walk
from trustpath.paths.role_permissions import Evaluation


@cause("permissions", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a level of control policies has no Allow that applies, or a message says so."""
    for found in denied(walk, "scp"):
        if found.decision.result == "explicitly-denied":
            continue
        yield Diagnosis(
            confidence="certain",
            title=f"the service control policies of one level do not allow {found.action}",
            explanation="Where FullAWSAccess is taken away, everything has to be allowed by another policy.",
            evidence=(*_places(found), *by_message(walk)),
            expected=f"a policy at each level that allows {found.action}",
            got="a level without one",
            symptom=denial(found, "scp", explicit=False),
            help=(f"have the organization allow {found.action} at that level",),
        )
        return
    said = told(walk, "scp")
    if said is not None and said.explicit is False and walk.evaluation is not None:
        yield Diagnosis(
            confidence="likely",
            title=f"no service control policy allows {walk.action}, as AWS says",
            explanation="The policies were not read.",
            evidence=by_message(walk),
            symptom=denial(walk.evaluation, "scp", explicit=False),
            help=("ask who manages the organization for its policies: aws organizations list-policies-for-target",),
        )


def _places(found: Evaluation) -> Iterator[Finding]:
    return (Finding(place, "", name) for name, place in found.sources.items() if name.startswith("SCP "))
