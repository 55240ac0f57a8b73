"""What may make the cluster know an IAM principal: its entry mended, or one more."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal

from trustpath.model.arn import Arn
from trustpath.model.aws_auth import Mapping
from trustpath.model.fix import Candidate, CreateAccessEntry, PatchMapping
from trustpath.paths.principal_to_cluster.entries import NODE_TEMPLATE, is_node
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk

_SAME = 0.9
_NODE_GROUPS = ("system:bootstrappers", "system:nodes")


def repair(walk: PrincipalWalk) -> Iterator[Candidate]:
    """Yield the entry that was meant for the principal, written right, and then new ones."""
    principal = walk.principal.arn
    of_user = walk.principal.type == "user"
    key: Literal["mapRoles", "mapUsers"] = "mapUsers" if of_user else "mapRoles"
    config = walk.aws_auth
    if config is not None and walk.mode != "API":
        entries = config.users if of_user else config.roles
        own_name = principal.rpartition("/")[2]
        others = {role.value.arn for role in walk.snapshot.aws.roles() if role.value.name != own_name}
        for mapping in sorted(entries, key=lambda item: -_likeness(item, principal)):
            if mapping.arn not in others and _is_meant(mapping, principal):
                title = f"in aws-auth, write {principal} in entry {mapping.index + 1} of {key}"
                yield Candidate(title, (PatchMapping(key, mapping.index, principal),))
        for lost in config.unusable:
            if lost.key == key and lost.index is not None:
                title = f"in aws-auth, write {principal} in entry {lost.index + 1} of {key}"
                yield Candidate(title, (PatchMapping(key, lost.index, principal),))
    # A kubelet is known by the name of its node, and in the groups of nodes.
    node = is_node(walk)
    if walk.mode in ("API", "API_AND_CONFIG_MAP") and walk.cluster_name:
        title = f"make an access entry for {principal}"
        type_ = "EC2_LINUX" if node else "STANDARD"
        yield Candidate(title, (CreateAccessEntry(walk.cluster_name, principal, (), type_),))
    if config is not None and walk.mode != "API":
        username = f"{NODE_TEMPLATE}{{{{EC2PrivateDNSName}}}}" if node else principal.rpartition("/")[2]
        groups = _NODE_GROUPS if node else ()
        title = f"add {principal} to {key} of aws-auth"
        yield Candidate(title, (PatchMapping(key, None, principal, username, groups),))


def _is_meant(mapping: Mapping, principal: str) -> bool:
    """Return whether an entry names the principal but for a path, its case, or a field's name."""
    written, wanted = Arn.parse(mapping.arn.strip()), Arn.parse(principal)
    if wanted is None:
        return False
    if written is None:
        return not mapping.arn or _likeness(mapping, principal) > _SAME
    if written.account != wanted.account:
        return False
    kind, _, rest = written.resource.partition("/")
    name = rest.partition("/")[0] if kind == "assumed-role" else rest.rpartition("/")[2]
    wanted_name = wanted.resource.rpartition("/")[2]
    alike = SequenceMatcher(None, name.lower(), wanted_name.lower()).ratio()
    return name.lower() == wanted_name.lower() or (kind == wanted.resource.partition("/")[0] and alike > _SAME)


def _likeness(mapping: Mapping, principal: str) -> float:
    return SequenceMatcher(None, mapping.arn, principal).ratio()
