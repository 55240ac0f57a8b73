"""Whom an access entry makes of a caller (eks-identity A4 to A10)."""

from trustpath.engine.eks.aws_auth import Caller, render
from trustpath.model.eks import AccessEntry

STANDARD = "STANDARD"
_NODE_GROUPS = ("system:bootstrappers", "system:nodes")
_TYPE_GROUPS = {
    "EC2_LINUX": _NODE_GROUPS,
    "EC2_WINDOWS": (*_NODE_GROUPS, "eks:kube-proxy-windows"),
    "FARGATE_LINUX": (*_NODE_GROUPS, "system:node-proxier"),
    "EC2": _NODE_GROUPS,
    "HYBRID_LINUX": _NODE_GROUPS,
    "HYPERPOD_LINUX": _NODE_GROUPS,
}
NODE_TYPES = frozenset(_TYPE_GROUPS)
"""The types of entries that are for nodes (A4)."""


def default_username(entry: AccessEntry, caller: Caller) -> str:
    """Return the username of an entry that names none (A8)."""
    if entry.type in ("FARGATE_LINUX", "HYBRID_LINUX"):
        return "system:node:{{SessionName}}"
    if entry.type in NODE_TYPES:
        return "system:node:{{EC2PrivateDNSName}}"
    if caller.arn.type == "user":
        return caller.arn.arn
    role = entry.principal_arn.rpartition("/")[2]
    partition = entry.principal_arn.split(":")[1]
    return f"arn:{partition}:sts::{caller.arn.account}:assumed-role/{role}/{{{{SessionName}}}}"


def user_of(entry: AccessEntry, caller: Caller) -> tuple[str, tuple[str, ...]]:
    """Return username and groups. Raises TemplateError where the name cannot be made for this caller (M12)."""
    username = render("username", entry.username or default_username(entry, caller), caller)
    return username, tuple(dict.fromkeys((*entry.groups, *_TYPE_GROUPS.get(entry.type, ()))))
