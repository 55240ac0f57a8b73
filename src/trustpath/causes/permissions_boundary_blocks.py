"""The permissions boundary of the role does not allow the action.

What: asks the boundary for the action.
Why it denies: the boundary and the policies of the role both have to allow (iam-evaluation 4.1).
Not a problem when: a resource's policy names the session itself.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.permission_misses import by_message, denial, denied, told
from trustpath.paths.pod_to_aws.walk import Walk
from trustpath.paths.role_permissions import Evaluation


@cause("permissions", "role-chain", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the permissions boundary decides, or a message says so."""
    for found in denied(walk, "boundary"):
        explicit = found.decision.result == "explicitly-denied"
        yield Diagnosis(
            confidence="certain",
            title=f"the permissions boundary {'denies' if explicit else 'does not allow'} {found.action}",
            explanation="It limits what the role's policies grant, and grants nothing itself.",
            evidence=(*found.statements(), *_places(found), *by_message(walk)),
            expected=f"{found.action} allowed there as well",
            got="a Deny statement" if explicit else "no statement that allows it",
            symptom=denial(found, "boundary", explicit=explicit),
            help=(f"allow {found.action} in the permissions boundary",),
        )
        return
    said = told(walk, "boundary")
    if said is not None and walk.evaluation is not None:
        yield Diagnosis(
            confidence="likely",
            title=f"the permissions boundary keeps {walk.action} from the role, as AWS says",
            explanation="It was not read.",
            evidence=by_message(walk),
            symptom=denial(walk.evaluation, "boundary", explicit=said.explicit is True),
            help=("aws iam get-role --role-name NAME --query Role.PermissionsBoundary",),
        )


def _places(found: Evaluation) -> Iterator[Finding]:
    return (Finding(place, "", name) for name, place in found.sources.items() if name.startswith("boundary"))
