"""The program names a credentials provider of its own.

What: looks for the class of a provider among arguments and variables.
Why it denies: a provider that is named is the only one that is asked; the role is never looked at (N3).
Not a problem when: the provider is the one for web identity, or the default chain.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.pod_to_aws.sdk import explicit_provider
from trustpath.paths.pod_to_aws.symptoms import stands_at
from trustpath.paths.pod_to_aws.walk import Walk


@cause("sdk", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when arguments or variables name a provider that is not the role's."""
    place = explicit_provider(walk)
    if walk.symptom is not None and walk.symptom.row is not None and walk.symptom.row.number == "E029":
        yield _profile(walk)
    if place is None:
        return
    name = place.value.rpartition("=")[2].rpartition(".")[2] or place.value
    wanted = "WebIdentityTokenFileCredentialsProvider" if walk.method == "irsa" else "ContainerCredentialsProvider"
    yield Diagnosis(
        confidence="likely",
        title=f"the program is told to use `{name}`",
        explanation="A provider that is named is the only one that the program asks.",
        evidence=(place,),
        expected=f"{wanted}, or the default chain",
        got=name,
        symptom="the caller in AWS errors is the node's role or a user",
        help=(f"name {wanted}, or leave the setting out",),
        rank=-1,
    )


def _profile(walk: Walk) -> Diagnosis:
    return Diagnosis(
        confidence="likely",
        title="the program names a profile that is not in the container",
        explanation="With a profile of its own a program does not look at what the pod was given (L2).",
        evidence=(stands_at(walk, "the SDK says so"),),
        expected="no profile: the SDK's own chain",
        got="a profile that nobody wrote",
        symptom="The config profile (default) could not be found",
        help=(
            "take the profile out of the program's configuration and arguments, and AWS_PROFILE out of its variables",
        ),
        rank=-1,
    )
