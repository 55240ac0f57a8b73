"""One statement demands claims of several clusters at once.

What: looks for keys of several issuers under one statement.
Why it denies: keys are combined by AND, and a token carries the claims of one issuer only (S11).
Not a problem when: each issuer has a statement of its own.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages.sts import NOT_AUTHORIZED
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.trust_misses import foreign_keys, update_commands
from trustpath.paths.pod_to_aws.walk import Walk


@cause("trust-policy")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when another issuer's claim stands beside the same claim of this cluster."""
    if walk.trust is None:
        return
    policy = walk.trust.role.source.at("AssumeRolePolicyDocument")
    foreign = [found.miss for found in foreign_keys(walk.trust) if found.another_issuer]
    if not foreign:
        return
    issuers = sorted({miss.condition.key.rpartition(":")[0] for miss in foreign})
    yield Diagnosis(
        confidence="certain",
        title="one statement demands the claims of several clusters at once",
        explanation=f"It asks for claims of {walk.trust.call.issuer} and of {', '.join(issuers)}; "
        "conditions of one statement must all hold.",
        evidence=tuple(
            Finding(policy.at(*miss.condition.path), miss.condition.key, "never in this cluster's tokens", key=True)
            for miss in foreign
        ),
        expected=f"only keys of {walk.trust.call.issuer}",
        got=", ".join(miss.condition.key for miss in foreign),
        symptom=NOT_AUTHORIZED,
        help=(
            "give each cluster a statement of its own, with its provider and its keys",
            *update_commands(walk.trust.role.value.name),
        ),
    )
