"""The access entry is for a role or user that was deleted and made again under the same name.

What: compares when the entry and the principal were made.
Why it denies: EKS keeps the principal's unique id, and the new one has another (A9).
Not a problem when: the entry was made after the principal.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.links import Finding
from trustpath.paths.principal_to_cluster.entries import ENTRY, UNAUTHORIZED, full_arn, own_name
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("mapping")
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold for an entry that is older than the principal."""
    if not walk.stale or walk.entry is None:
        return
    made = walk.snapshot.aws.created_at(walk.principal_arn)
    cluster = walk.cluster_name or "CLUSTER"
    role = [
        Finding(item.source.at("CreateDate"), item.value.created_at, "the role is newer")
        for item in walk.snapshot.aws.roles()
        if item.value.name == own_name(walk)
    ]
    yield Diagnosis(
        confidence="certain",
        title=f"the access entry of `{own_name(walk)}` is for a deleted principal of the same name",
        explanation="EKS remembers the unique id of a role or user. Another one of the same name does not match.",
        evidence=(Finding(walk.entry.source.at("createdAt"), walk.entry.value.created_at, "the entry"), *role),
        expected=f"an entry made after {made}",
        got=f"made at {walk.entry.value.created_at}",
        symptom=UNAUTHORIZED,
        help=(
            "make the entry anew:",
            f"aws eks delete-access-entry --cluster-name {cluster} --principal-arn {full_arn(walk)}",
            f"aws eks create-access-entry --cluster-name {cluster} --principal-arn {full_arn(walk)}",
        ),
        rank=ENTRY,
    )
