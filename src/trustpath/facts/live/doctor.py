"""Can a command read what it needs?

The API server is asked by access reviews, AWS by calls for what does not exist.
"""

from typing import Literal

import msgspec

from trustpath.facts.collected import CALLER, group_of
from trustpath.facts.live.aws_api import AwsApi, CallError
from trustpath.facts.live.deadline import Deadline, ExpiredError, before, in_parallel
from trustpath.facts.live.kubernetes_api import ApiError, KubernetesApi
from trustpath.facts.live.permissions import AWS_AUTH, ISSUER_URL, Needs
from trustpath.facts.live.reviews import Caller, may_i, who_am_i
from trustpath.model.arn import Arn
from trustpath.model.checkup import SCHEMA_VERSION, Check, Checkup
from trustpath.model.kubernetes_facts import RESOURCES
from trustpath.model.question import AskedRequest
from trustpath.model.reads import AwsRead, permission_of

_WITHOUT = {
    "ClusterRole": "what a role grants",
    "ClusterRoleBinding": "who is bound in the whole cluster",
    "ConfigMap": "whom aws-auth maps",
    "CustomResourceDefinition": "which custom resources there are",
    "MutatingWebhookConfiguration": "whether the pod identity webhook is there",
    "Namespace": "whether a webhook passes over the namespace",
    "Node": "on which node and instance a pod runs",
    "Pod": "what a pod carries",
    "Role": "what a role of a namespace grants",
    "RoleBinding": "who is bound in a namespace",
    "SecretProviderClass": "which region a CSI volume asks",
    "ServiceAccount": "which role a service account names",
}
_UNAUTHORIZED = 401
_NAME = "trustpath-doctor"
_READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
_SCP = "SERVICE_CONTROL_POLICY"
# Calls for things that are not there: who may ask hears "not found", who may not is refused. Of a bucket, a queue or a
# topic that is not there everybody hears the same, so that nothing is learned.
_CALLS: dict[str, tuple[tuple[str, str], ...]] = {
    "ec2:DescribeInstances": (("InstanceIds", "i-00000000000000000"),),
    "ecr:GetRepositoryPolicy": (("repositoryName", _NAME),),
    "eks:ListClusters": (),
    "iam:GetAccountAuthorizationDetails": (("Filter", "Role"),),
    "iam:GetInstanceProfile": (("InstanceProfileName", _NAME),),
    "iam:GetOpenIDConnectProvider": (
        ("OpenIDConnectProviderArn", "arn:{partition}:iam::{account}:oidc-provider/trustpath-doctor.invalid"),
    ),
    "iam:GetPolicy": (("PolicyArn", _READ_ONLY),),
    "iam:GetPolicyVersion": (("PolicyArn", _READ_ONLY), ("VersionId", "v1")),
    "iam:GetRole": (("RoleName", _NAME),),
    "iam:GetRolePolicy": (("RoleName", _NAME), ("PolicyName", _NAME)),
    "iam:ListAttachedRolePolicies": (("RoleName", _NAME),),
    "iam:ListOpenIDConnectProviders": (),
    "iam:ListRolePolicies": (("RoleName", _NAME),),
    "iam:ListRoles": (),
    "lambda:GetPolicy": (("FunctionName", _NAME),),
    "opensearch:DescribeDomain": (("DomainName", _NAME),),
    "organizations:DescribeOrganization": (),
    "organizations:DescribePolicy": (("PolicyId", "p-FullAWSAccess"),),
    "organizations:ListPoliciesForTarget": (("TargetId", "{account}"), ("Filter", _SCP)),
    "secretsmanager:DescribeSecret": (("SecretId", _NAME),),
    "secretsmanager:GetResourcePolicy": (("SecretId", _NAME),),
}
_OF_THE_CLUSTER: dict[str, tuple[tuple[str, str], ...]] = {
    "eks:DescribeAccessEntry": (("principalArn", "arn:{partition}:iam::{account}:role/trustpath-doctor"),),
    "eks:DescribeAddon": (("addonName", "vpc-cni"),),
    "eks:DescribeCluster": (),
    "eks:DescribePodIdentityAssociation": (("associationId", "a-00000000000000000"),),
    "eks:ListAccessEntries": (),
    "eks:ListAssociatedAccessPolicies": (("principalArn", "arn:{partition}:iam::{account}:role/trustpath-doctor"),),
    "eks:ListPodIdentityAssociations": (),
}


def check(
    command: str, needs: Needs, cluster: KubernetesApi, account: AwsApi, cluster_name: str, deadline: Deadline
) -> Checkup:
    """Return whether all that a command reads can be read."""
    checks: list[Check] = []
    user = Caller()
    try:
        cluster.request("GET", "version")
        checks.append(Check("cluster", "can reach the API server", "ok", cluster.connection.server))
    except ApiError as error:
        checks.append(Check("cluster", "can reach the API server", _state(error.kind), error.said, "anything at all"))
    if checks[0].state != "unknown":
        try:
            user = who_am_i(cluster)
            checks.append(Check("cluster", "is known to the API server", "ok", user.username))
            checks += _cluster_checks(needs, cluster, deadline)
        except ApiError as error:
            unknown_user = error.status == _UNAUTHORIZED
            state = "no" if unknown_user else _state(error.kind)
            checks.append(Check("cluster", "is known to the API server", state, error.said, "anything of the cluster"))
            if not unknown_user:  # an API server before 1.28 does not tell who somebody is
                checks += _cluster_checks(needs, cluster, deadline)
    caller, of_account = _account_checks(needs, account, cluster_name, deadline)
    return Checkup(SCHEMA_VERSION, command, user.username, user.groups, caller, (*checks, *of_account))


def _cluster_checks(needs: Needs, cluster: KubernetesApi, deadline: Deadline) -> list[Check]:
    wanted = [("get", kind) for kind in sorted(needs.get)] + [("list", kind) for kind in sorted(needs.list)]

    def ask(item: tuple[str, str]) -> Check:
        verb, kind = item
        if kind == ISSUER_URL:
            return _reviewed(cluster, AskedRequest("get", path=ISSUER_URL), f"can get {ISSUER_URL}", "the issuer")
        kind, _, only = kind.partition("/")
        namespace = "kube-system" if only in AWS_AUTH else ""
        request = AskedRequest(verb, group_of(kind), RESOURCES[kind], "", namespace, only)
        name = f"can {verb} {RESOURCES[kind]}" + (f" {only}" if only else "")
        return _reviewed(cluster, request, name, _WITHOUT.get(kind, f"which {RESOURCES[kind]} there are"))

    wanted += [("get", f"ConfigMap/{name}") for name in sorted(needs.config_maps)]
    if needs.issuer:
        wanted.append(("get", ISSUER_URL))
    return [
        outcome.result or Check("cluster", f"can {outcome.work[0]} {outcome.work[1]}", "unknown", "no answer in time")
        for outcome in in_parallel(wanted, ask, deadline)
    ]


def _reviewed(cluster: KubernetesApi, request: AskedRequest, name: str, missing: str) -> Check:
    try:
        verdict = may_i(cluster, request)
    except ApiError as error:
        return Check("cluster", name, "unknown", error.said, missing)
    return Check("cluster", name, "ok" if verdict.allowed else "no", verdict.reason, "" if verdict.allowed else missing)


def _account_checks(needs: Needs, account: AwsApi, cluster_name: str, deadline: Deadline) -> tuple[str, list[Check]]:
    if not needs.aws:
        return "", []
    try:
        caller = str(msgspec.json.decode(before(deadline, lambda: account.call(CALLER)))["Arn"])
    except CallError as error:
        return "", [Check("aws", "has AWS credentials", "no", error.said, "everything of AWS")]
    except ExpiredError:
        return "", [Check("aws", "has AWS credentials", "unknown", "no answer in time", "everything of AWS")]
    checks = [Check("aws", "has AWS credentials", "ok", caller)]
    if not cluster_name:
        said = "which EKS cluster is it? give --cluster-name"
        checks.append(Check("aws", "knows the EKS cluster", "unknown", said, "access entries and associations"))
    calls = _calls(caller, cluster_name)
    reads = [calls[action] for action in sorted(needs.aws & calls.keys())]
    for outcome in in_parallel(reads, account.may, deadline):
        state, said = outcome.result or ("unknown", "no answer in time")
        read = outcome.work
        if read.action == "eks:DescribeCluster" and state == "ok" and said:
            state = "no"  # of no cluster anything can be read
        checks.append(Check("aws", f"can {permission_of(read.action)}", state, said if state != "ok" else ""))
    permissions = sorted(permission_of(action) for action in needs.aws - calls.keys() - {CALLER.action})
    checks += [Check("aws", f"can {permission}", "untried", _ONLY_NAMED) for permission in permissions]
    return caller, checks


_ONLY_NAMED = "only what a question names could show it"


def _calls(caller: str, cluster_name: str) -> dict[str, AwsRead]:
    """Return a call for each action that can be tried."""
    arn = Arn.parse(caller)
    known = {"account": arn.account if arn else "", "partition": arn.partition if arn else "aws"}
    calls = dict(_CALLS)
    if cluster_name:
        for action, parameters in _OF_THE_CLUSTER.items():
            calls[action] = (*parameters, ("name" if action == "eks:DescribeCluster" else "clusterName", cluster_name))
    return {
        action: AwsRead(action, tuple((key, value.format(**known)) for key, value in parameters))
        for action, parameters in calls.items()
    }


def _state(kind: str) -> Literal["no", "unknown"]:
    return "no" if kind == "denied" else "unknown"
