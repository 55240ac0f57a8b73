"""The access entry has a type that is not for this kind of principal.

What: compares the type of the entry with the caller: a node, or a person or pipeline.
Why it denies: a STANDARD entry makes no node of a kubelet, and a node's entry no user of a person (A5, A11).
Not a problem when: the role is used for both, which one entry cannot serve.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.eks.access_entries import NODE_TYPES, STANDARD
from trustpath.paths.links import Finding
from trustpath.paths.principal_to_cluster.entries import ENTRY, full_arn, is_node, own_name
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("mapping", "authorization", when_unknown=True)
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold for a node with a STANDARD entry, and for anybody else with a node's."""
    if walk.entry is None or not walk.entry.value.type or walk.stale:
        return
    entry, node = walk.entry.value, is_node(walk)
    known_caller = bool(walk.principal.session_name) or walk.principal.type == "user"
    if not ((node and entry.type == STANDARD) or (not node and known_caller and entry.type in NODE_TYPES)):
        return
    wanted = "EC2_LINUX" if node else STANDARD
    cluster = walk.cluster_name or "CLUSTER"
    yield Diagnosis(
        confidence="certain",
        title=f"the access entry of `{own_name(walk)}` has the type {entry.type}, and the caller is "
        + ("a node" if node else "no node"),
        explanation="A STANDARD entry gives no node its username and groups, and it hides an entry in aws-auth."
        if node
        else "An entry for nodes takes its username from the EC2 instance.",
        evidence=(Finding(walk.entry.source.at("type"), entry.type, f"expected {wanted}"),),
        expected=wanted,
        got=entry.type,
        symptom='kubelet log: "Unable to register node with API server" err="Unauthorized"' if node else walk.message,
        help=(
            "the type cannot be changed: make the entry anew",
            f"aws eks delete-access-entry --cluster-name {cluster} --principal-arn {full_arn(walk)}",
            f"aws eks create-access-entry --cluster-name {cluster} --principal-arn {full_arn(walk)} --type {wanted}",
        ),
        rank=ENTRY - 15,
    )
