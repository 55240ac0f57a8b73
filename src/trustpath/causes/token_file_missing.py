"""No token stands at the path that the container was told to read.

What: follows AWS_WEB_IDENTITY_TOKEN_FILE through the container's mounts to a volume.
Why it denies: the AWS client finds no token to present.
Not a problem when: the image or a sidecar writes the file itself.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.webhook import VOLUME
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.walk import Walk


@cause("token")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when no volume with a token is mounted there."""
    named = walk.credentials
    if (
        walk.token is None
        or walk.token.kind != "missing"
        or walk.api_token
        or named is None
        or walk.container_source is None
    ):
        return
    mounted = walk.token.volume >= 0
    yield Diagnosis(
        confidence="likely",
        title=f"nothing is mounted at `{named.token_file}`",
        explanation="A volume is mounted there, but holds no token of that name."
        if mounted
        else "None of the container's mounts covers the path.",
        evidence=(
            *walk.result("token").evidence,
            Finding(walk.container_source.at("volumeMounts"), "", "the container's mounts"),
        ),
        expected=f"the projected volume {VOLUME} with a token for sts.amazonaws.com",
        got="no such file",
        symptom=f"no such file or directory: {named.token_file}",
        help=("remove the variables from the pod template and let the webhook set variables and volume together",),
    )
