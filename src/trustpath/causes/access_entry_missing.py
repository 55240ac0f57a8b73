"""The principal has no access entry.

What: finds the principal neither in the list of access entries nor, where the mode lets it count, in aws-auth.
Why it denies: whom nothing maps is refused with 401.
Not a problem when: it was made seconds ago: an entry takes a while to count (A13).
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.links import Finding
from trustpath.paths.principal_to_cluster.entries import (
    NOBODY,
    UNAUTHORIZED,
    add_mapping,
    at_caller,
    full_arn,
    is_node,
    own_name,
)
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("mapping", last=True)
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold for an unmapped principal in a cluster with access entries."""
    if walk.mode in ("CONFIG_MAP", "") or walk.entry is not None or walk.template_error:
        return
    listed = walk.snapshot.aws.listed_access_entries
    shown = (Finding(listed[1].at("accessEntries"), "accessEntries", "does not list it", key=True),) if listed else ()
    names = ", ".join(arn.rpartition("/")[2] for arn in listed[0]) if listed and listed[0] else "none"
    yield Diagnosis(
        confidence="certain",
        title=f"`{own_name(walk)}` has no access entry",
        explanation=f"The cluster's mode is {walk.mode}. Entries: {names}.",
        evidence=(*shown, *at_caller(walk)),
        expected=f"an access entry for {full_arn(walk)}",
        got="none",
        symptom=UNAUTHORIZED,
        help=add_mapping(walk, node=is_node(walk)),
        rank=NOBODY,
    )
