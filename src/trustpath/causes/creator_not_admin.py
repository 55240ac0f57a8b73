"""The cluster was created without access for its creator, and has no other entry that could let it in.

What: looks for a cluster with access entries whose creator got none: by its configuration, or by an empty list.
Why it denies: with bootstrapClusterCreatorAdminPermissions false not even the creator has an entry (CC2, F8).
Not a problem when: the principal is not the creator; then its own entry is missing.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.eks.access_entries import NODE_TYPES
from trustpath.paths.links import Finding
from trustpath.paths.principal_to_cluster.entries import CREATOR, UNAUTHORIZED, add_mapping, at_caller, is_node
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("mapping")
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold when the creator has no entry, and the principal may be the creator."""
    if walk.mode in ("CONFIG_MAP", "") or walk.cluster is None or walk.entry is not None or is_node(walk):
        return
    creation = walk.snapshot.aws.creation(walk.cluster_name)
    if creation is not None and creation.value.principal_arn.rpartition("/")[2] not in walk.principal.arn:
        return
    listed = walk.snapshot.aws.listed_access_entries
    nodes = {
        entry.value.principal_arn for entry in walk.snapshot.aws.access_entries() if entry.value.type in NODE_TYPES
    }
    nobody = listed is not None and not set(listed[0]) - nodes
    switched_off = walk.cluster.value.creator_is_admin is False
    if not (nobody or switched_off):
        return
    place = walk.cluster.source.at("cluster", "accessConfig", "bootstrapClusterCreatorAdminPermissions")
    evidence = [Finding(place, "false", "its creator gets no entry")] if switched_off else []
    if nobody and listed is not None:
        evidence.append(Finding(listed[1].at("accessEntries"), "accessEntries", "nobody has an entry", key=True))
    yield Diagnosis(
        confidence="certain" if creation or nobody else "likely",
        title="the cluster has no access entry at all, not even for its creator"
        if nobody
        else "the cluster was created without access for its creator",
        explanation="Since version 20 the Terraform module creates clusters so. Whoever may call eks:CreateAccessEntry "
        "can still make an entry.",
        evidence=(*evidence, *at_caller(walk)),
        expected="an access entry for whoever sets the cluster up",
        got="bootstrapClusterCreatorAdminPermissions: false" if switched_off else "no entry",
        symptom=UNAUTHORIZED,
        help=(
            "Terraform module: enable_cluster_creator_admin_permissions = true (the bootstrap flag counts only when a "
            "cluster is created), or",
            *add_mapping(walk),
        ),
        rank=CREATOR,
    )
