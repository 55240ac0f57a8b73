"""The nodes' role is in no entry: kubelets are refused.

What: recognises a node by its session or its role's trust policy and finds it in no entry.
Why it denies: a kubelet is an IAM principal like any other; aws-auth written anew without it locks the nodes out.
Not a problem when: EKS itself made an access entry for the role (managed node groups, mode API_AND_CONFIG_MAP).
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.links import Finding
from trustpath.paths.principal_to_cluster.entries import NODE, NODE_TEMPLATE, add_mapping, at_caller, is_node, own_name
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("mapping", when_unknown=True)
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold for a node where aws-auth could have named it and does not."""
    if not is_node(walk) or walk.mode == "API" or walk.entry is not None or walk.mapping is not None:
        return
    if walk.aws_auth is None and not walk.aws_auth_absent:
        return
    others = [
        item for item in (walk.aws_auth.roles if walk.aws_auth else ()) if item.username.startswith(NODE_TEMPLATE)
    ]
    place: tuple[Finding, ...] = ()
    if walk.aws_auth is not None:
        place = (Finding(walk.aws_auth.source.at("metadata", "name"), "aws-auth", "has no entry for the nodes' role"),)
    yield Diagnosis(
        confidence="certain" if not others else "likely",
        title=f"the nodes' role `{own_name(walk)}` is not in aws-auth",
        explanation="No role is mapped as a node at all. Whoever writes aws-auth as a whole has to keep the entry."
        if not others
        else f"Other roles are mapped as nodes: {', '.join(item.arn for item in others)}.",
        evidence=(*place, *at_caller(walk)),
        expected=f"an entry for {walk.principal.arn} with username system:node:{{{{EC2PrivateDNSName}}}}",
        got="no entry",
        symptom='kubelet log: "Unable to register node with API server" err="Unauthorized"',
        help=add_mapping(walk, node=True),
        rank=NODE,
    )
