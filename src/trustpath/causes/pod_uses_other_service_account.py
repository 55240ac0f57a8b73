"""The pod runs under another service account than the one that is bound to a role.

What: compares the pod's service account with the annotated ones of its namespace.
Why it denies: role and token follow the pod's own account, usually `default` when none is named.
Not a problem when: this workload is not meant to call AWS.
"""

import difflib
from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages.sts import NODE_ROLE
from trustpath.engine.webhook import ROLE_ANNOTATION
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.binding import bound_neighbours
from trustpath.paths.pod_to_aws.walk import Walk


@cause("binding")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the pod's account names no role and another one of the namespace does."""
    if walk.binding is not None or walk.spec is None or walk.spec_source is None:
        return
    neighbours = bound_neighbours(walk)
    if not neighbours:
        return
    like = {walk.metadata.name, *(walk.metadata.labels or {}).values()}
    bound = max(neighbours, key=lambda item: _likeness(item.value.metadata.name, like))
    name, role = bound.value.metadata.name, bound.value.metadata.annotation(ROLE_ANNOTATION)
    named = walk.spec.service_account_name or walk.spec.service_account
    place = walk.spec_source.at("serviceAccountName") if walk.spec.service_account_name else walk.spec_source
    yield Diagnosis(
        confidence="likely",
        title=f"the pod runs as `{walk.account_name}`, the role is bound to `{name}`",
        explanation=(
            f"{walk.namespace}/{name} is annotated with {role}; {walk.namespace}/{walk.account_name} is not annotated."
        ),
        evidence=(
            Finding(place, walk.account_name, "the pod runs as this account" if named else "names no account"),
            Finding(bound.source.at("metadata", "annotations", ROLE_ANNOTATION), role, f"bound to {name}"),
        ),
        expected=name,
        got=walk.account_name,
        symptom=NODE_ROLE,
        help=(f"set serviceAccountName: {name} in the pod template (serviceAccount.name in many charts)",),
        rank=1,
    )


def _likeness(name: str, like: set[str]) -> float:
    return max(difflib.SequenceMatcher(None, name, text).ratio() for text in like)
