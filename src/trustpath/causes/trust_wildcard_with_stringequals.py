"""The subject holds a wildcard under an operator that takes it literally.

What: reads the value of a failing StringEquals on :sub as a pattern, to see whether it was meant as one.
Why it denies: only StringLike knows wildcards; StringEquals compares a literal star (S13).
Not a problem when: never, for no service account's name holds a star.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.iam.wildcards import has_wildcard
from trustpath.engine.messages.sts import NOT_AUTHORIZED
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.trust_misses import claim_misses, fits, update_commands
from trustpath.paths.pod_to_aws.walk import Walk


@cause("trust-policy")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the value, read as a pattern, would admit the pod."""
    if walk.trust is None:
        return
    policy = walk.trust.role.source.at("AssumeRolePolicyDocument")
    for found in claim_misses(walk.trust, "sub"):
        operator = found.miss.condition.operator
        patterns = [
            text for text in found.miss.condition.values if has_wildcard(text.value) and fits(text.value, walk.subject)
        ]
        if not patterns or "Like" in operator:
            continue
        like = operator.replace("StringEqualsIgnoreCase", "StringLike").replace("StringEquals", "StringLike")
        yield Diagnosis(
            confidence="certain",
            title=f"`{patterns[0].value}` is compared literally: `{operator}` knows no wildcard",
            explanation=f"As a pattern it would admit {walk.subject}; {operator} looks for a star in the name.",
            evidence=(
                Finding(
                    policy.at(*patterns[0].path),
                    patterns[0].value,
                    f"a literal character under {operator}",
                    _star(patterns[0].value),
                ),
            ),
            expected=walk.subject,
            got=patterns[0].value,
            symptom=NOT_AUTHORIZED,
            help=(
                f"in the trust policy of {walk.trust.role.value.name}, write {walk.subject} in place of the pattern, "
                f"or move this key from {operator} to {like}",
                *update_commands(walk.trust.role.value.name),
            ),
            rank=-1,
        )


def _star(text: str) -> tuple[int, int]:
    first = min(text.find(char) for char in "*?" if char in text)
    return first, 1
