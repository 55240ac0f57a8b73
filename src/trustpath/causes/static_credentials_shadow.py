"""Access keys or a profile of the container come before the role.

What: looks for AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY among the variables, and for a mounted credentials file.
Why it denies: almost every SDK takes the keys before the role, some the profile; the role is never asked for (7.1, L2).
Not a problem when: the program chooses its provider itself, or uses the SDK for .NET 3.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.credentials.sdks import winner
from trustpath.paths.pod_to_aws.sdk import profile_findings, static_key_findings
from trustpath.paths.pod_to_aws.walk import Walk


@cause("sdk", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a key pair, or a profile that the SDK takes first, stands beside the role."""
    named = walk.credentials
    if named is None or walk.role_arn is None:
        return
    sdk = walk.sdk.sdk if walk.sdk else None
    first = winner(named.configured, sdk)
    if named.static_keys and first in ("environment keys", None):
        yield _keys(walk, sure=sdk is not None)
    elif named.half_keys and walk.result("sdk").state == "broken":
        yield _keys(walk, sure=True)
    elif named.profile and first in ("profile", None):
        yield _profile(walk, named.profile, sure=sdk is not None and first == "profile")


def _profile(walk: Walk, profile: str, *, sure: bool) -> Diagnosis:
    return Diagnosis(
        confidence="likely" if sure else "possible",
        title=f"a profile (`{profile}`) may hide the role",
        explanation="Some SDKs look at the shared configuration and credentials files before web identity, others only "
        "where the profile names a role.",
        evidence=profile_findings(walk),
        expected=f"the session of role {walk.role_arn.name if walk.role_arn else ''}",
        got="the identity of the profile",
        symptom="the caller in AWS errors is the profile's",
        help=("do not mount a credentials file, or leave the default profile out of it",),
    )


def _keys(walk: Walk, *, sure: bool) -> Diagnosis:
    role = walk.role_arn.name if walk.role_arn else ""
    return Diagnosis(
        confidence="certain" if sure else "likely",
        title="access keys in the container's environment hide the role",
        explanation="AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY come before web identity in the credential chain.",
        evidence=static_key_findings(walk),
        expected=f"the session of role {role}",
        got="the identity of the access key",
        symptom="the caller in AWS errors is a user, or the session that the keys belong to",
        help=("remove both variables from the container, and from the Secret or ConfigMap that sets them",),
    )
