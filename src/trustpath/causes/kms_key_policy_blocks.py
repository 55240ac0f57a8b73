"""The policy of the KMS key does not let the role use it.

What: asks the key's own policy, which has to allow in every case.
Why it denies: nobody may use a key whose policy names neither role nor account (iam-evaluation 4.1).
Not a problem when: a grant on the key lets the role in.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.model.policy_facts import resource_policy_command
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.permission_misses import by_message, denial, denied, told
from trustpath.paths.pod_to_aws.walk import Walk


@cause("permissions", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the key's policy decides, or a message says so."""
    for found in denied(walk, "resource"):
        if not found.action.lower().startswith("kms:"):
            continue
        explicit = found.decision.result == "explicitly-denied"
        places = [Finding(place, "", name) for name, place in found.sources.items() if name.startswith("the policy of")]
        yield Diagnosis(
            # A grant may let the role in; grants are not read.
            confidence="certain" if explicit or told(walk, "resource") else "likely",
            title=f"the key's policy {'denies' if explicit else 'does not allow'} {found.action} to role "
            f"`{found.session.role.name}`",
            explanation="A key's policy has to allow, whatever the role's own policies say. Grants were not looked at.",
            evidence=(*found.statements(), *places, *by_message(walk)),
            expected=f"a statement for {found.session.role}, or for its account",
            got="a Deny statement" if explicit else "none applies",
            symptom=denial(found, "resource", explicit=explicit),
            help=(
                f"add a statement to the key's policy: Principal AWS {found.session.role}, Action {found.action}",
                f"aws kms put-key-policy --policy-name default --key-id {found.resource} --policy file://key-policy.json",
            ),
        )
        return
    said = told(walk, "resource")
    if said is not None and said.action.lower().startswith("kms:") and walk.evaluation is not None:
        yield Diagnosis(
            confidence="likely",
            title=f"the key's policy keeps {walk.action} from the role, as AWS says",
            explanation="It was not read.",
            evidence=by_message(walk),
            symptom=denial(walk.evaluation, "resource", explicit=said.explicit is True),
            help=(resource_policy_command("kms", walk.evaluation.resource) or "read the key's policy",),
        )
