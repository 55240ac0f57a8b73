"""The binding is older than the pod and the webhook is registered, yet this pod got nothing.

What: looks for a pod without injection that was made after the role had been written.
Why it denies: with failurePolicy Ignore a webhook call that fails leaves the pod as it was (W7, W14).
Not a problem when: the container is left out on purpose.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages.sts import NODE_ROLE
from trustpath.engine.webhook import POD_IDENTITY_VARIABLES, ROLE_VARIABLE, TOKEN_VARIABLE
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.admission import pod_age, pod_identity_webhooks, webhook_called
from trustpath.paths.pod_to_aws.walk import Walk
from trustpath.paths.pod_to_aws.workload import recreate_command


@cause("admission")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a call of the webhook must have gone wrong, or may have."""
    named = walk.credentials
    if walk.pod is None or named is None or walk.container is None:
        return
    by_association = walk.method == "pod-identity"
    if walk.annotation_source is None and not by_association:
        return
    given = named.container_pair if by_association else named.web_identity
    if given or walk.skipped or walk.is_ephemeral or webhook_called(walk) is False:
        return
    age = pod_age(walk)
    if age.relation == "newer" and not walk.injected:
        return
    hooks = pod_identity_webhooks(walk.snapshot)
    created = walk.metadata.creation_timestamp or "at an unknown time"
    place = [
        Finding(
            item.source.at("webhooks", index, "failurePolicy"),
            hook.failure_policy or "",
            "what a failed call means",
        )
        for item, index, hook in hooks[:1]
        if hook.failure_policy
    ]
    yield Diagnosis(
        confidence="likely" if age.relation == "older" or walk.injected else "possible",
        title=f"the webhook did not act when pod `{walk.metadata.name}` was created"
        if not walk.injected
        else f"container `{walk.container.name}` was left out when the webhook gave the pod its token",
        explanation=f"The pod was created {created}"
        + (f", after the role had been bound ({age.time})." if age.relation == "older" else "."),
        evidence=(
            Finding(walk.pod.source.at("metadata", "creationTimestamp"), created, "when the pod was made"),
            *place,
        ),
        expected=" and ".join(POD_IDENTITY_VARIABLES if by_association else (ROLE_VARIABLE, TOKEN_VARIABLE)),
        got="neither",
        symptom=NODE_ROLE,
        help=(
            recreate_command(walk),
            "if the new pod gets nothing either, look for `failed calling webhook` in the API server's log",
        ),
    )
