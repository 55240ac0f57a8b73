"""The principal is in no entry of aws-auth.

What: finds the principal in no entry, in a cluster that knows principals by aws-auth alone.
Why it denies: whom nothing maps is refused with 401 (M10).
Not a problem when: it created the cluster: then it is an administrator without an entry (CC1).
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.links import Finding
from trustpath.paths.principal_to_cluster.entries import (
    NOBODY,
    NOT_MAPPED,
    add_mapping,
    at_caller,
    aws_auth_entries,
    is_node,
    own_name,
)
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("mapping", last=True)
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold for an unmapped principal where access entries play no part."""
    if walk.mode not in ("CONFIG_MAP", "") or walk.template_error or walk.stale:
        return
    if walk.entry is not None or is_node(walk):
        return
    place: tuple[Finding, ...] = ()
    if walk.aws_auth is not None:
        place = (Finding(walk.aws_auth.source.at("metadata", "name"), "aws-auth", "names others"),)
    names = [mapping.arn for _, mapping in aws_auth_entries(walk.aws_auth)] if walk.aws_auth else []
    creation = walk.snapshot.aws.creation(walk.cluster_name)
    yield Diagnosis(
        confidence="certain" if creation else "likely",
        title=f"`{own_name(walk)}` is in no entry of aws-auth",
        explanation=f"It names {_shown(names)}. "
        + (
            "" if creation else "Only whoever created the cluster gets in without an entry, and that is not to be seen."
        ),
        evidence=(*place, *at_caller(walk)),
        expected=f"an entry for {walk.principal.arn}",
        got="no entry",
        symptom=NOT_MAPPED,
        help=add_mapping(walk),
        rank=NOBODY,
    )


def _shown(names: list[str]) -> str:
    more = f" and {len(names) - 5} more" if names[5:] else ""
    return ", ".join(names[:5]) + more if names else "nobody"
