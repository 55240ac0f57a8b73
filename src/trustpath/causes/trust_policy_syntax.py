"""IAM would refuse this trust policy, or doubled keys make conditions vanish.

What: reads the document by IAM's grammar; a key that stands twice in one object counts once (S14).
Why it denies: a document that IAM does not take never becomes the role's trust policy.
Not a problem when: the document is a template that is filled in before it is applied.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.model.answers import Located
from trustpath.model.iam import Role
from trustpath.model.policy import PolicyDocument
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.walk import Walk


@cause("trust-policy", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the document does not follow the grammar; likely when a key stands twice."""
    if walk.role is None:
        return
    trust = walk.role.value.trust
    if isinstance(trust, PolicyDocument) and trust.doubled and walk.malformed_trust is None:
        yield _doubled(walk.role, trust)
    if walk.malformed_trust is None:
        return
    place = walk.role.source.at("AssumeRolePolicyDocument", *walk.malformed_trust.path)
    yield Diagnosis(
        confidence="certain",
        title=f"the trust policy breaks IAM's grammar: {walk.malformed_trust.problem}",
        explanation="A document that breaks the grammar is refused when it is saved.",
        evidence=(Finding(place, "", walk.malformed_trust.problem),),
        symptom="An error occurred (MalformedPolicyDocument) when calling the UpdateAssumeRolePolicy operation",
        help=("correct the document and save it again: aws iam update-assume-role-policy",),
    )


def _doubled(role: Located[Role], trust: PolicyDocument) -> Diagnosis:
    path = trust.doubled[0]
    return Diagnosis(
        confidence="likely",
        title=f"`{path[-1]}` stands twice in one object of the trust policy",
        explanation="Most tools keep the last one, so what the first one demands is lost.",
        evidence=(Finding(role.source.at("AssumeRolePolicyDocument", *path), "", "stands twice", key=True),),
        symptom="An error occurred (MalformedPolicyDocument) when calling the UpdateAssumeRolePolicy operation",
        help=("put the keys of both into one object, and save the document again: aws iam update-assume-role-policy",),
    )
