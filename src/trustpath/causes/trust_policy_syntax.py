"""IAM would refuse this trust policy, or doubled keys make conditions vanish.

What: reads the document by IAM's grammar; a key that stands twice in one object counts once (S14).
Why it denies: a document that IAM does not take never becomes the role's trust policy.
Not a problem when: the document is a template that is filled in before it is applied.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.walk import Walk


@cause(link="trust-policy")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the document does not follow the grammar."""
    if walk.malformed_trust is None or walk.role is None:
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
