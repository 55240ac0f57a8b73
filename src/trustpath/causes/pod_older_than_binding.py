"""The pod was admitted before its service account named this role.

What: compares the pod's creation with the time at which the annotation was written.
Why it denies: the webhook acts only when a pod is created; a container's restart changes nothing (W5).
Not a problem when: the pod is about to be replaced anyway.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.binding_age import BindingAge
from trustpath.engine.messages.sts import NODE_ROLE
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.admission import pod_age, webhook_called
from trustpath.paths.pod_to_aws.walk import Walk
from trustpath.paths.pod_to_aws.workload import recreate_command


@cause("admission", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the annotation is newer than the pod, or nothing shows that it is older."""
    named = walk.credentials
    if walk.pod is None or named is None or walk.container is None:
        return
    if walk.is_ephemeral:
        return
    if walk.method == "pod-identity":
        yield from _before_the_association(walk)
        return
    if walk.annotation_source is None:
        return
    age = pod_age(walk)
    if named.role_hidden or named.token_hidden:
        return
    if named.web_identity:
        if named.role_arn == walk.annotated_role:
            return
    elif walk.skipped or webhook_called(walk) is False or age.relation == "older":
        return
    elif walk.injected:
        return  # the webhook did act on this pod: see webhook-missed-injection
    created = walk.metadata.creation_timestamp or "at an unknown time"
    name = walk.metadata.name
    if named.web_identity:
        title = f"pod `{name}` was given the role that its service account named before"
        why = f"The pod was created {created}; the annotation names another role now."
    elif age.relation == "newer":
        title = f"pod `{name}` is older than the role on its service account"
        why = f"The pod was created {created}; the role was written on `{walk.account_name}` on {age.time}."
    else:
        title = f"pod `{name}` was given no role: it is probably older than the annotation"
        why = (
            f"The pod was created {created}; these facts do not show when the role was written. "
            "`kubectl get serviceaccount --show-managed-fields` does."
        )
    yield Diagnosis(
        confidence="certain" if _proven(walk, age) else "likely",
        title=title,
        explanation=why,
        evidence=(
            Finding(walk.pod.source.at("metadata", "creationTimestamp"), created, "when the pod was made"),
            Finding(
                walk.annotation_source,
                walk.annotated_role,
                f"written on {age.time}" if age.relation == "newer" else "the role of its service account",
            ),
        ),
        expected=f"AWS_ROLE_ARN={walk.annotated_role}",
        got=f"AWS_ROLE_ARN={named.role_arn}" if named.role_arn else "no AWS_ROLE_ARN",
        symptom=NODE_ROLE if not named.web_identity else f"AWS errors name {named.role_arn}",
        help=(recreate_command(walk),),
    )


def _before_the_association(walk: Walk) -> Iterator[Diagnosis]:
    """P4: only pods made after the association carry what leads to the agent."""
    named, association = walk.credentials, walk.association
    if named is None or association is None or walk.pod is None or named.container_pair or walk.skipped:
        return
    age = pod_age(walk)
    if age.relation == "older" or webhook_called(walk) is False or walk.injected:
        return
    created = walk.metadata.creation_timestamp or "at an unknown time"
    name = walk.metadata.name
    newer = age.relation == "newer"
    yield Diagnosis(
        confidence="certain" if newer else "likely",
        title=f"pod `{name}` is older than the Pod Identity association of its service account"
        if newer
        else f"pod `{name}` was given nothing: it is probably older than the Pod Identity association",
        explanation=f"The pod was created {created}; "
        + (f"the association on {age.time}." if newer else "these facts do not show when the association was."),
        evidence=(
            Finding(walk.pod.source.at("metadata", "creationTimestamp"), created, "when the pod was made"),
            Finding(association.source.at("createdAt"), age.time, "when the association was made"),
        ),
        expected="AWS_CONTAINER_CREDENTIALS_FULL_URI",
        got="no such variable",
        symptom=NODE_ROLE,
        help=(recreate_command(walk),),
    )


def _proven(walk: Walk, age: BindingAge) -> bool:
    """Return whether the facts prove it: times, or another role that the pod's owner does not ask for."""
    if walk.credentials and walk.credentials.web_identity:
        return walk.asks_for_role_itself is False
    return age.proven
