"""The role annotation stands on the pod, where nobody reads it.

What: looks for eks.amazonaws.com/role-arn among the annotations of the pod or its template.
Why it denies: the webhook reads the service account's annotation and never the pod's (W2).
Not a problem when: the service account carries the annotation as well.
"""

from collections.abc import Iterator
from shlex import quote

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages.sts import NODE_ROLE
from trustpath.engine.webhook import ROLE_ANNOTATION
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.binding import misplaced_annotation
from trustpath.paths.pod_to_aws.walk import Walk


@cause("binding")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the annotation is on the pod and not on its account."""
    found = misplaced_annotation(walk)
    if found is None or walk.account is None or walk.binding is not None:
        return
    yield Diagnosis(
        confidence="certain",
        title="the role annotation is on the pod, not on its service account",
        explanation=f"Nothing reads {ROLE_ANNOTATION} on a pod or a pod template.",
        evidence=(
            Finding(found.source, found.value, "read by nobody"),
            Finding(walk.account.source.at("metadata", "name"), walk.account_name, "has no role-arn annotation"),
        ),
        expected=f"the annotation on service account {walk.namespace}/{walk.account_name}",
        got="the annotation on the pod",
        symptom=NODE_ROLE,
        help=(
            f"kubectl annotate serviceaccount {quote(walk.account_name)} -n {quote(walk.namespace)} "
            f"{ROLE_ANNOTATION}={quote(found.value)}",
            "then recreate the pods",
        ),
    )
