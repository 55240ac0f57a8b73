"""Entries of aws-auth and access entries that are near to the principal's, and the commands that make one."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from shlex import quote

from trustpath.model.arn import Arn
from trustpath.model.aws_auth import Mapping
from trustpath.model.fact import Known
from trustpath.model.policy import PolicyDocument
from trustpath.paths.aws_auth_facts import AwsAuthFacts
from trustpath.paths.links import Finding
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk

NODE_TEMPLATE = "system:node:"
UNAUTHORIZED = "error: You must be logged in to the server (Unauthorized)"
FARGATE = "eks-fargate-pods.amazonaws.com"
NOT_MAPPED = 'authenticator log: msg="access denied" … error="identity is not mapped"'

_SSO = re.compile(r"(AWSReservedSSO_.+)_[0-9a-f]{16}")
_INSTANCE = re.compile(r"i-(?:\w{8}|\w{17})", re.ASCII)
_SIMILAR = 0.85

# Causes of the mapping link, the surest sign first (Diagnosis.rank).
CLIENT = 0
ENTRY = 10
IGNORED = 20
NODE = 30
CREATOR = 40
NOBODY = 50


def aws_auth_entries(config: AwsAuthFacts) -> Iterator[tuple[str, Mapping]]:
    """Yield each entry with the key of its list."""
    for mapping in config.roles:
        yield "mapRoles", mapping
    for mapping in config.users:
        yield "mapUsers", mapping


def at_arn(config: AwsAuthFacts, key: str, mapping: Mapping, value: str, label: str) -> Finding:
    """Return a part of an entry's ARN."""
    start = max(mapping.arn.find(value), 0)
    return Finding(config.place(key, mapping.index, mapping.arn_key), mapping.arn, label, (start, len(value)))


def rewrite_commands(walk: PrincipalWalk) -> tuple[str, str]:
    """Return how an entry is written as the cluster compares it."""
    return f"in aws-auth, write rolearn: {walk.principal.arn}", "kubectl edit configmap aws-auth -n kube-system"


def own_name(walk: PrincipalWalk) -> str:
    """Return the name of the role or user, without its path."""
    return walk.principal_arn.resource.rpartition("/")[2]


def full_arn(walk: PrincipalWalk) -> str:
    """Return the ARN that an access entry needs: with the path of the role, where the role was read (SSO2, A6)."""
    for role in walk.snapshot.aws.roles():
        arn = Arn.parse(role.value.arn)
        if arn is not None and arn.account == walk.principal.account and role.value.name == own_name(walk):
            return role.value.arn
    return walk.principal.arn


def is_node(walk: PrincipalWalk) -> bool:
    """Return whether the caller is an EC2 instance: by its session, or by a role that EC2 alone may assume."""
    if walk.principal.session_name and _INSTANCE.fullmatch(walk.principal.session_name):
        return True
    if walk.principal.type not in ("role", "assumed-role"):
        return False
    for role in walk.snapshot.aws.roles():
        if role.value.name == own_name(walk) and isinstance(role.value.trust, PolicyDocument):
            trusted = {entry.value for statement in role.value.trust.statements for entry in statement.principals or ()}
            # A session with another name than an instance's is somebody else's, whatever the role is meant for.
            of_ec2 = bool(trusted & {"ec2.amazonaws.com", "ec2.amazonaws.com.cn"}) and not walk.principal.session_name
            return of_ec2 or FARGATE in trusted
    return False


def similar(one: str, other: str) -> bool:
    """Return whether two names are so near that one is a slip of the other."""
    if one == other:
        return False
    if (first := _SSO.fullmatch(one)) and (second := _SSO.fullmatch(other)):
        return first[1] == second[1]
    return SequenceMatcher(None, one.lower(), other.lower()).ratio() >= _SIMILAR


def is_sso(name: str) -> bool:
    """Return whether a role is one of IAM Identity Center."""
    return _SSO.fullmatch(name) is not None


def add_mapping(walk: PrincipalWalk, *, node: bool = False) -> tuple[str, ...]:
    """Return the commands that let the principal in, for the cluster's mode."""
    cluster = walk.cluster_name or "CLUSTER"
    if walk.mode in ("CONFIG_MAP", ""):
        groups = "--group system:bootstrappers --group system:nodes" if node else "--group GROUP"
        username = "system:node:{{EC2PrivateDNSName}}" if node else own_name(walk)
        return (
            "add it to aws-auth:",
            f"eksctl create iamidentitymapping --cluster {quote(cluster)} --arn {walk.principal.arn} "
            f"--username {quote(username)} {groups}",
        )
    kind = " --type EC2_LINUX" if node else ""
    commands = [
        "make an access entry:",
        f"aws eks create-access-entry --cluster-name {quote(cluster)} --principal-arn {full_arn(walk)}{kind}",
    ]
    if not node:
        commands.append(
            f"aws eks associate-access-policy --cluster-name {quote(cluster)} --principal-arn {full_arn(walk)} "
            "--policy-arn arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy --access-scope type=cluster"
        )
    return tuple(commands)


def at_caller(walk: PrincipalWalk) -> tuple[Finding, ...]:
    """Return where the principal stands in the facts: its role, or the AWS CLI's own identity."""
    found = [
        Finding(role.source.at("Arn"), role.value.arn, "the role")
        for role in walk.snapshot.aws.roles()
        if role.value.name == own_name(walk) and f":{walk.principal.account}:" in role.value.arn
    ]
    caller = walk.snapshot.aws.caller()
    if caller is not None and (caller.value.arn == walk.question_arn or not found):
        found.append(Finding(caller.source.at("Arn"), caller.value.arn, "the caller"))
    return tuple(found)


def maps(walk: PrincipalWalk, arn: str) -> bool:
    """Return whether the cluster knows another principal: by an access entry or by aws-auth."""
    principal = Arn.parse(arn)
    if principal is None:
        return False
    if walk.mode != "CONFIG_MAP" and isinstance(walk.snapshot.aws.access_entry(walk.cluster_name, principal), Known):
        return True
    if walk.aws_auth is None or walk.mode == "API":
        return False
    kind, _, rest = principal.resource.partition("/")
    name = rest.rpartition("/")[2] if kind == "role" else rest
    bare = f"arn:{principal.partition}:iam::{principal.account}:{kind}/{name}"
    return any(mapping.arn.lower() == bare.lower() for _, mapping in aws_auth_entries(walk.aws_auth))
