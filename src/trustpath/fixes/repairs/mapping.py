"""What may make the cluster know an IAM principal: its entry mended, or one more."""

from collections.abc import Iterator
from typing import Literal

from trustpath.model.arn import Arn
from trustpath.model.aws_auth import Mapping
from trustpath.model.fix import Candidate, CreateAccessEntry, PatchMapping
from trustpath.paths.principal_to_cluster.entries import NODE_TEMPLATE, full_arn, is_node
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk

_NODE_GROUPS = ("system:bootstrappers", "system:nodes")


def repair(walk: PrincipalWalk) -> Iterator[Candidate]:
    """Yield the entry that was meant for the principal, written right, and then new ones."""
    principal = walk.principal.arn
    if principal.endswith(":root"):
        return  # it is neither in an entry (A6) nor to be given rights
    of_user = walk.principal.type == "user"
    key: Literal["mapRoles", "mapUsers"] = "mapUsers" if of_user else "mapRoles"
    config = walk.aws_auth
    if config is not None and walk.mode != "API":
        entries = config.users if of_user else config.roles
        for mapping in entries:
            if _is_meant(mapping, principal):
                title = f"in aws-auth, write {principal} in entry {mapping.index + 1} of {key}"
                yield Candidate(title, (PatchMapping(key, mapping.index, principal),))
    # A kubelet is known by the name of its node, and in the groups of nodes.
    node = is_node(walk)
    if walk.mode in ("API", "API_AND_CONFIG_MAP") and walk.cluster_name and _path_is_known(walk):
        arn = full_arn(walk)  # EKS takes the ARN with its path (A6)
        title = f"make an access entry for {arn}"
        type_ = "EC2_LINUX" if node else "STANDARD"
        yield Candidate(title, (CreateAccessEntry(walk.cluster_name, arn, (), type_),))
    if config is not None and walk.mode != "API":
        username = f"{NODE_TEMPLATE}{{{{EC2PrivateDNSName}}}}" if node else principal.rpartition("/")[2]
        groups = _NODE_GROUPS if node else ()
        title = f"add {principal} to {key} of aws-auth"
        yield Candidate(title, (PatchMapping(key, None, principal, username, groups),))


def _is_meant(mapping: Mapping, principal: str) -> bool:
    """Return whether an entry names this very principal, but for a path, its case, blanks, or one of its sessions.

    A name that is only like it may be somebody else's: that entry stays.
    """
    written, wanted = Arn.parse(mapping.arn.strip()), Arn.parse(principal)
    if wanted is None or written is None or written.account != wanted.account:
        return False
    kind, _, rest = written.resource.partition("/")
    name = rest.partition("/")[0] if kind == "assumed-role" else rest.rpartition("/")[2]
    return name.lower() == wanted.resource.rpartition("/")[2].lower()


def _path_is_known(walk: PrincipalWalk) -> bool:
    """Return whether the ARN is whole: a session does not tell the path of a role of IAM Identity Center (SSO2)."""
    return full_arn(walk) != walk.principal.arn or "AWSReservedSSO_" not in walk.principal.arn
