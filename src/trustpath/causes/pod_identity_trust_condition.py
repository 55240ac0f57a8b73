"""A condition of the trust policy for EKS Pod Identity never holds.

What: asks each condition of the statement for the service.
Why it denies: EKS Auth sends the tags of P6 and the source of P8, and nothing else.
Not a problem when: the condition names this cluster, namespace and account as they are.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.iam.request import Absent, Present
from trustpath.engine.messages.sts import POD_IDENTITY_REFUSED
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.pod_identity_trust import failing_conditions
from trustpath.paths.pod_to_aws.trust_misses import update_commands
from trustpath.paths.pod_to_aws.walk import Walk


@cause("trust-policy", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a condition of the nearest statement fails."""
    trust = walk.pod_identity_trust
    misses = failing_conditions(walk)
    if trust is None or not misses:
        return
    policy = trust.role.source.at("AssumeRolePolicyDocument")
    miss = misses[0]
    key = miss.condition.key
    wanted = " or ".join(text.value for text in miss.condition.values)
    got = ", ".join(miss.got.values) if isinstance(miss.got, Present) else "not in the request"
    explanation = (
        f"EKS Pod Identity sends {key} = {got}."
        if isinstance(miss.got, Present)
        else (f"The request does not carry {key}.")
    )
    if isinstance(miss.got, Absent) and key.lower().startswith("aws:requesttag/") and not trust.call.tags:
        explanation = "The association has its session tags switched off, so that no request tag is sent."
    if key.lower() == "aws:sourcearn":
        explanation += " It is the cluster's ARN, not the association's."
    yield Diagnosis(
        confidence="certain",
        title=f"the condition on `{key}` in the trust policy never holds",
        explanation=explanation,
        evidence=tuple(
            Finding(policy.at(*item.condition.path), item.condition.key, "this condition does not hold", key=True)
            for item in misses
        ),
        expected=wanted,
        got=got,
        symptom=POD_IDENTITY_REFUSED,
        help=(
            f"correct the condition to {got}, or take it out and keep aws:SourceAccount"
            if isinstance(miss.got, Present)
            else "take the condition out, or switch the session tags of the association on",
            *update_commands(trust.role.value.name),
        ),
    )
