"""The program assumes the very role that it already has.

What: compares the role that is to be assumed with the one that the pod acts as.
Why it denies: a role does not trust itself unless its trust policy names it (iam-evaluation 4.2).
Not a problem when: the trust policy names the role itself.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.model.arn import RoleArn
from trustpath.paths.pod_to_aws.permission_misses import by_message, denial
from trustpath.paths.pod_to_aws.role_chain import chain_of, trust_findings
from trustpath.paths.pod_to_aws.walk import Walk


@cause("permissions", "role-chain")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a role is refused to itself."""
    for found in chain_of(walk):
        target = RoleArn.parse(found.resource)
        own = found.session.role
        if (
            not found.denied
            or found.decision.layer != "resource"
            or target is None
            or (target.name, target.account) != (own.name, own.account)
        ):
            continue
        yield Diagnosis(
            confidence="certain",
            title=f"the program assumes role `{target.name}`, which it already acts as",
            explanation="A role does not trust itself unless its trust policy names it.",
            evidence=(*trust_findings(found), *by_message(walk)),
            expected="no second AssumeRole",
            got=f"{found.action} on {target}",
            symptom=denial(found, "resource", explicit=False),
            help=(
                "leave the role to assume out of the program's configuration: the pod has it already",
                f"or let the trust policy of {target.name} name the role itself",
            ),
            rank=-1,
        )
        return
