"""The role that is to be assumed does not trust the role of the pod.

What: asks the trust policy of the second role for the first one.
Why it denies: a trust policy has to allow in every case; identity policies alone are never enough (iam-evaluation 4.2).
Not a problem when: the program means another role.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.eks.pod_identity import ASSUME_ROLE
from trustpath.model.arn import RoleArn
from trustpath.model.fact import Absent
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.permission_misses import by_message, denial
from trustpath.paths.pod_to_aws.role_chain import chain_of, trust_findings
from trustpath.paths.pod_to_aws.walk import Walk


@cause("permissions", "role-chain")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the target's trust policy does not admit sts:AssumeRole."""
    for found in chain_of(walk):
        if not found.denied or found.action.lower() != ASSUME_ROLE.lower() or found.decision.layer != "resource":
            continue
        target = RoleArn.parse(found.resource)
        own = found.session.role
        if target is None or (target.name, target.account) == (own.name, own.account):
            continue
        denies = found.decision.result == "explicitly-denied"
        if isinstance(walk.snapshot.aws.role(target), Absent):
            yield _no_such_role(str(target), trust_findings(found))
            return
        yield Diagnosis(
            confidence="certain",
            title=f"role `{target.name}` does not trust `{found.session.role.name}`",
            explanation="The trust policy of the role that is assumed has to name the caller or its account.",
            evidence=(*trust_findings(found), *by_message(walk)),
            expected=f"a statement for {found.session.role}",
            got="a Deny statement" if denies else "none applies",
            symptom=denial(found, "resource", explicit=False).partition(" because ")[0],
            help=(
                f"take {found.session.role} out of the Deny statement"
                if denies
                else f"add a statement to the trust policy of {target.name}: Principal AWS {found.session.role}",
            ),
        )
        return


def _no_such_role(target: str, places: tuple[Finding, ...]) -> Diagnosis:
    return Diagnosis(
        confidence="certain",
        title=f"the role that is to be assumed, `{target}`, does not exist",
        explanation="STS answers as if it did not trust the caller.",
        evidence=places,
        expected="an existing role",
        got=target,
        help=("correct the ARN, or create the role",),
    )
