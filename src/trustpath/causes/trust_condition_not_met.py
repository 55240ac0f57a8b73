"""A condition of the trust policy does not hold for this pod.

What: names a failing condition of the nearest statement that no other cause explains.
Why it denies: every condition of a statement must hold; a key that the call never carries makes one fail.
Not a problem when: the condition is there to keep this pod out.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.iam.request import Absent, Present
from trustpath.engine.messages.sts import NOT_AUTHORIZED
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.trust_misses import claim_misses, condition_misses, foreign_keys, update_commands
from trustpath.paths.pod_to_aws.walk import Walk


@cause("trust-policy")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold for conditions on other keys than sub and aud, and for negated ones."""
    if walk.trust is None or walk.trust.decision.result != "implicitly-denied":
        return
    policy = walk.trust.role.source.at("AssumeRolePolicyDocument")
    explained = {found.miss.condition.path for claim in ("sub", "aud") for found in claim_misses(walk.trust, claim)} | {
        found.miss.condition.path for found in foreign_keys(walk.trust)
    }
    for miss in condition_misses(walk.trust):
        condition = miss.condition
        if condition.path in explained:
            continue
        values = ", ".join(text.value for text in condition.values)
        if isinstance(miss.got, Absent):
            got, why = "no such key", "A web identity call of a pod does not carry this key."
        else:
            got = ", ".join(miss.got.values) if isinstance(miss.got, Present) else "not known"
            why = f"The call has {got}."
        yield Diagnosis(
            confidence="likely" if isinstance(miss.got, Absent) else "certain",
            title=f"condition `{condition.operator}` on `{condition.key}` does not hold",
            explanation=why,
            evidence=(Finding(policy.at(*condition.path), condition.key, f"the call has {got}", key=True),),
            expected=f"{condition.operator} {values}",
            got=got,
            symptom=NOT_AUTHORIZED,
            help=(
                "remove the condition, or compare <issuer>:sub and <issuer>:aud, which every pod's call carries",
                *update_commands(walk.trust.role.value.name),
            ),
            rank=1,
        )
