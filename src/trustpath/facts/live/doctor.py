"""Can a command read what it needs?

The API server is asked by access reviews, AWS by calls for what does not exist.
"""

from typing import Literal

import msgspec

from trustpath.facts.collected import CALLER, group_of
from trustpath.facts.live.aws_api import AwsApi, CallError
from trustpath.facts.live.deadline import Deadline, ExpiredError, before, in_parallel
from trustpath.facts.live.kubernetes_api import ApiError, KubernetesApi
from trustpath.facts.live.permissions import ISSUER_URL, NAMES, Needs
from trustpath.facts.live.reviews import Caller, may_i, who_am_i
from trustpath.model.checkup import SCHEMA_VERSION, Check, Checkup
from trustpath.model.kubernetes import NOT_NAMESPACED
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
# Calls for things that are not there: who may ask hears "not found", who may not is refused.
_NAME = "trustpath-doctor"
_READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
_CALLS: dict[str, tuple[tuple[str, str], ...]] = {
    "ec2:DescribeInstances": (("InstanceIds", "i-00000000000000000"),),
    "iam:GetInstanceProfile": (("InstanceProfileName", _NAME),),
    "iam:GetPolicy": (("PolicyArn", _READ_ONLY),),
    "iam:GetPolicyVersion": (("PolicyArn", _READ_ONLY), ("VersionId", "v1")),
    "iam:GetRole": (("RoleName", _NAME),),
    "iam:GetRolePolicy": (("RoleName", _NAME), ("PolicyName", _NAME)),
    "iam:ListAttachedRolePolicies": (("RoleName", _NAME),),
    "iam:ListOpenIDConnectProviders": (),
    "iam:ListRolePolicies": (("RoleName", _NAME),),
    "iam:ListRoles": (),
    "organizations:DescribeOrganization": (),
}
_OF_THE_CLUSTER = {
    "eks:DescribeAccessEntry": (("principalArn", "arn:aws:iam::000000000000:role/trustpath-doctor"),),
    "eks:DescribeAddon": (("addonName", "vpc-cni"),),
    "eks:DescribeCluster": (),
    "eks:ListAccessEntries": (),
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
        except ApiError as error:
            checks.append(Check("cluster", "is known to the API server", _state(error.kind), error.said))
        checks += _cluster_checks(needs, cluster, deadline)
    caller, of_account = _account_checks(needs, account, cluster_name, deadline)
    return Checkup(SCHEMA_VERSION, command, user.username, user.groups, caller, (*checks, *of_account))


def _cluster_checks(needs: Needs, cluster: KubernetesApi, deadline: Deadline) -> list[Check]:
    wanted = [("get", kind) for kind in sorted(needs.get)] + [("list", kind) for kind in sorted(needs.list)]

    def ask(item: tuple[str, str]) -> Check:
        verb, kind = item
        if kind == ISSUER_URL:
            return _reviewed(cluster, AskedRequest("get", path=ISSUER_URL), f"can get {ISSUER_URL}", "the issuer")
        only = NAMES.get(kind, "")
        namespace = "kube-system" if only and kind not in NOT_NAMESPACED else ""
        request = AskedRequest(verb, group_of(kind), RESOURCES[kind], "", namespace, only)
        name = f"can {verb} {RESOURCES[kind]}" + (f" {only}" if only else "")
        return _reviewed(cluster, request, name, _WITHOUT.get(kind, f"which {RESOURCES[kind]} there are"))

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
    calls = {action: parameters for action, parameters in _CALLS.items() if action in needs.aws}
    if cluster_name:
        for action, parameters in _OF_THE_CLUSTER.items():
            if action in needs.aws:
                key = "name" if action == "eks:DescribeCluster" else "clusterName"
                calls[action] = (*parameters, (key, cluster_name))
    reads = [AwsRead(action, parameters) for action, parameters in sorted(calls.items())]
    checks = [Check("aws", "has AWS credentials", "ok", caller)]
    if not cluster_name:
        said = "which EKS cluster is it? give --cluster-name"
        checks.append(Check("aws", "knows the EKS cluster", "unknown", said, "access entries and associations"))
    for outcome in in_parallel(reads, account.may, deadline):
        state, said = outcome.result or ("unknown", "no answer in time")
        name = f"can {permission_of(outcome.work.action)}"
        checks.append(Check("aws", name, state, said))
    return caller, checks


def _state(kind: str) -> Literal["no", "unknown"]:
    return "no" if kind == "denied" else "unknown"
