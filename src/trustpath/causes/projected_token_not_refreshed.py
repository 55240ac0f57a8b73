"""The projected token is not refreshed.

What: looks for a mount by subPath, and reads what STS or the agent say of an old token.
Why it denies: the kubelet does not renew a file that is mounted by subPath; a program may keep its first copy (W19).
Not a problem when: the pod is younger than the token lives.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.symptoms import stands_at
from trustpath.paths.pod_to_aws.walk import Walk


@cause("token", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a message says that the token has ended; a mount by subPath tells why."""
    named = walk.credentials
    told = walk.symptom is not None and "projected-token-not-refreshed" in walk.symptom.causes
    sub_path = walk.token is not None and walk.token.sub_path
    if not told or named is None:
        return
    evidence = [stands_at(walk, "the token has ended")]
    if sub_path and walk.container is not None and walk.container_source is not None:
        evidence = [
            Finding(walk.container_source.at("volumeMounts", index, "subPath"), mount.sub_path, "never renewed")
            for index, mount in enumerate(walk.container.volume_mounts or ())
            if mount.sub_path and named.token_file.startswith(mount.mount_path)
        ][:1] + evidence
    yield Diagnosis(
        confidence="certain" if sub_path else "likely",
        title="the token file is mounted by subPath, so that it is never renewed"
        if sub_path
        else "the program presents a token that has ended",
        explanation="The kubelet renews the file in its volume; a mount by subPath keeps the first one."
        if sub_path
        else "The kubelet renews the file; a program that read it once keeps the old text.",
        evidence=tuple(evidence),
        expected="the file as the kubelet renews it",
        got="an old token",
        symptom="ExpiredTokenException: Token expired",
        help=(
            "mount the volume as a folder, without subPath"
            if sub_path
            else "let the program read the file again before each exchange; the SDKs do so",
            "a restart of the pod helps until the token ends again",
        ),
    )
