"""Access keys of the container come before the role.

What: looks for AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY among the container's variables.
Why it denies: almost every SDK takes them before web identity; the role is never asked for (section 7.1).
Not a problem when: the program chooses its provider itself, or uses the SDK for .NET 3.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.pod_to_aws.walk import Walk


@cause("identity")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when both halves of a key pair are set beside the web identity pair."""
    named = walk.credentials
    result = walk.result("identity")
    if named is None or not named.static_keys or result.state != "broken" or walk.role_arn is None:
        return
    yield Diagnosis(
        confidence="likely",
        title="access keys in the container's environment hide the role",
        explanation="AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY come before web identity in the credential chain.",
        evidence=result.evidence,
        expected=f"the session of role {walk.role_arn.name}",
        got="the identity of the access key",
        symptom="the caller in AWS errors is a user, or the session that the keys belong to",
        help=("remove both variables from the container, and from the Secret or ConfigMap that sets them",),
    )
