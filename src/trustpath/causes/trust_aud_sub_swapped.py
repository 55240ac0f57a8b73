"""The claims are mixed up: :aud is compared with a service account, or :sub with an audience.

What: looks at the values of the failing :aud and :sub conditions.
Why it denies: the audience is never a service account, nor the subject an audience.
Not a problem when: never.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages.sts import NOT_AUTHORIZED
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.trust_misses import claim_misses, update_commands
from trustpath.paths.pod_to_aws.walk import Walk


@cause("trust-policy")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a claim is compared with a value of the other one's kind."""
    if walk.trust is None:
        return
    policy = walk.trust.role.source.at("AssumeRolePolicyDocument")
    for claim, other in (("aud", "sub"), ("sub", "aud")):
        for found in claim_misses(walk.trust, claim):
            text = found.nearest.value
            is_account = text.startswith("system:serviceaccount:")
            is_audience = text == walk.trust.call.audience or text.startswith("sts.")
            if not (is_account if claim == "aud" else is_audience):
                continue
            yield Diagnosis(
                confidence="certain",
                title=f"`:{claim}` is compared with `{text}`, a value for `:{other}`",
                explanation="The audience is whom the token is meant for (sts.amazonaws.com), the subject is the "
                "service account.",
                evidence=(Finding(policy.at(*found.nearest.path), text, f"expected {found.got}"),),
                expected=found.got,
                got=text,
                symptom=NOT_AUTHORIZED,
                help=(
                    f"in the trust policy of {walk.trust.role.value.name}, compare :aud with "
                    f"{walk.trust.call.audience} and :sub with {walk.subject}",
                    *update_commands(walk.trust.role.value.name),
                ),
                rank=-1,
            )
