"""The pod was admitted before its service account named this role.

What: compares the pod's creation with the time at which the annotation was written.
Why it denies: the webhook acts only when a pod is created; a container's restart changes nothing (W5).
Not a problem when: the pod is about to be replaced anyway.
"""

from collections.abc import Iterator
from shlex import quote

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.webhook import skipped
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.admission import pod_age, webhook_called
from trustpath.paths.pod_to_aws.walk import Walk


@cause(link="admission")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the annotation is newer than the pod, or nothing shows that it is older."""
    named = walk.credentials
    if walk.pod is None or walk.annotation_source is None or named is None or walk.container is None:
        return
    age = pod_age(walk)
    if named.web_identity:
        if named.role_arn == walk.annotated_role:
            return
    elif skipped(walk.container, walk.metadata) or webhook_called(walk) is False or age.relation == "older":
        return
    created = walk.metadata.creation_timestamp or "at an unknown time"
    written = f"on {age.time}" if age.relation == "newer" else "later, as far as these facts show"
    yield Diagnosis(
        confidence="certain" if named.web_identity or age.proven else "likely",
        title=f"pod `{walk.metadata.name}` is older than the role on its service account",
        explanation=f"The pod was created {created}; the role was written on `{walk.account_name}` {written}.",
        evidence=(
            Finding(walk.pod.source.at("metadata", "creationTimestamp"), created, "when the pod was made"),
            Finding(walk.annotation_source, walk.annotated_role, f"written {written}"),
        ),
        expected=f"AWS_ROLE_ARN={walk.annotated_role}",
        got=f"AWS_ROLE_ARN={named.role_arn}" if named.role_arn else "no AWS_ROLE_ARN",
        symptom="the caller in AWS errors is the node's role, or the role that the account named before",
        help=(_restart(walk),),
    )


def _restart(walk: Walk) -> str:
    namespace = quote(walk.namespace)
    owner = next((owner for owner in walk.metadata.owner_references or () if owner.controller), None)
    if owner and owner.kind == "ReplicaSet" and "-" in owner.name:
        return f"kubectl rollout restart deployment {quote(owner.name.rpartition('-')[0])} -n {namespace}"
    if owner and owner.kind in ("DaemonSet", "StatefulSet"):
        return f"kubectl rollout restart {owner.kind.lower()} {quote(owner.name)} -n {namespace}"
    return f"kubectl delete pod {quote(walk.metadata.name)} -n {namespace}   # its owner makes a new one"
