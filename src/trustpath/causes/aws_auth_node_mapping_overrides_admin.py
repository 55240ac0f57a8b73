"""The entry of a person's or a pipeline's role in aws-auth makes a node of it.

What: finds that the entry that counts has a node's username, for a caller that is no instance.
Why it denies: the placeholder cannot be filled (401), or the user is a node and may do what nodes may (M12, M13).
Not a problem when: the caller is an instance with that role.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.links import Finding
from trustpath.paths.principal_to_cluster.entries import ENTRY, NODE_TEMPLATE, is_node, own_name
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("mapping", "authorization")
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold when the entry is a node's and the caller is none."""
    mapping, config = walk.mapping, walk.aws_auth
    if mapping is None or config is None or is_node(walk):
        return
    if not mapping.username.startswith(NODE_TEMPLATE) and "{{EC2PrivateDNSName}}" not in mapping.username:
        return
    others = [item for item in config.roles if item.arn.lower() == mapping.arn.lower() and item.index != mapping.index]
    key = "mapUsers" if mapping in config.users else "mapRoles"
    yield Diagnosis(
        confidence="certain",
        title=f"aws-auth maps `{own_name(walk)}` as a node",
        explanation=(
            f"The role stands there {len(others) + 1} times; only the last entry counts, and it is the node's. "
            if others
            else ""
        )
        + "A session that is no EC2 instance has no private DNS name to fill in.",
        evidence=(
            Finding(config.place(key, mapping.index, "username"), mapping.username, "a node's username"),
            *(Finding(config.place(key, item.index, item.arn_key), item.arn, "does not count") for item in others[:1]),
        ),
        expected="an entry with a username and groups of its own",
        got=mapping.username,
        symptom=f'authenticator log: msg="access denied" … error="{walk.template_error}"'
        if walk.template_error
        else walk.message,
        help=(
            "let the nodes use a role of their own, and map this one with its own username and groups",
            "kubectl edit configmap aws-auth -n kube-system",
        ),
        rank=ENTRY,
    )
