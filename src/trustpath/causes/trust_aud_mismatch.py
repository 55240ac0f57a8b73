"""The trust policy demands another audience than the token's.

What: compares the value of the :aud condition with the token's audience.
Why it denies: the condition does not hold, whatever the subject is.
Not a problem when: the role is used only through EKS Pod Identity.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages.sts import NOT_AUTHORIZED
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.trust_misses import claim_misses, update_commands
from trustpath.paths.pod_to_aws.walk import Walk


@cause("trust-policy")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the audiences differ and the value is an audience at all."""
    if walk.trust is None:
        return
    policy = walk.trust.role.source.at("AssumeRolePolicyDocument")
    for found in claim_misses(walk.trust, "aud"):
        text = found.nearest.value
        if text.startswith("system:serviceaccount:"):
            continue  # see trust-aud-sub-swapped
        yield Diagnosis(
            confidence="certain",
            title=f"the trust policy demands audience `{text}`, the token has `{found.got}`",
            explanation="The audience of EKS tokens is sts.amazonaws.com in every partition, unless the service "
            "account or the volume asks for another.",
            evidence=(
                Finding(policy.at(*found.nearest.path), text, f"expected {found.got}"),
                *walk.result("token").evidence[:1],
            ),
            expected=found.got,
            got=text,
            symptom=NOT_AUTHORIZED,
            help=(
                f"in the trust policy of {walk.trust.role.value.name}, set {found.miss.condition.key} to {found.got}",
                *update_commands(walk.trust.role.value.name),
            ),
        )
