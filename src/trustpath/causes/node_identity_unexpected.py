"""The instance runs with another role than the one that is mapped for nodes.

What: finds a node's role in no entry while another role is mapped for nodes.
Why it denies: the kubelet signs with the role of its instance profile; the node group is not asked.
Not a problem when: the cluster has several node roles, and this one is to be added.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.eks.access_entries import NODE_TYPES
from trustpath.paths.links import Finding
from trustpath.paths.principal_to_cluster.entries import NODE, NODE_TEMPLATE, add_mapping, is_node, own_name
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("mapping", when_unknown=True)
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold when an instance profile with this role was read, and other roles are mapped for nodes."""
    if not is_node(walk) or walk.entry is not None or walk.mapping is not None:
        return
    profiles = [
        item
        for item in walk.snapshot.aws.instance_profiles()
        if any(arn.rpartition("/")[2] == own_name(walk) for arn in item.value.role_arns)
    ]
    mapped = list(_node_entries(walk))
    if not profiles or not mapped:
        return
    profile = profiles[0]
    yield Diagnosis(
        confidence="certain",
        title=f"the instance runs with role `{own_name(walk)}`, and the nodes' role is `{mapped[0].value}`",
        explanation="The role of the instance profile is who the kubelet is, whatever the node group says.",
        evidence=(
            Finding(profile.source.at("Roles", 0, "Arn"), profile.value.role_arns[0], "what it runs with"),
            *mapped[:1],
        ),
        expected=mapped[0].value,
        got=walk.principal.arn,
        symptom='kubelet log: "Unable to register node with API server" err="Unauthorized"',
        help=("let the instances use the instance profile of the mapped role, or", *add_mapping(walk, node=True)),
        rank=NODE - 1,
    )


def _node_entries(walk: PrincipalWalk) -> Iterator[Finding]:
    if walk.aws_auth is not None and walk.mode != "API":
        for mapping in walk.aws_auth.roles:
            if mapping.username.startswith(NODE_TEMPLATE):
                place = walk.aws_auth.place("mapRoles", mapping.index, mapping.arn_key)
                yield Finding(place, mapping.arn, "mapped as a node")
    if walk.mode != "CONFIG_MAP":
        for entry in walk.snapshot.aws.access_entries():
            if entry.value.type in NODE_TYPES:
                yield Finding(entry.source.at("principalArn"), entry.value.principal_arn, "mapped as a node")
