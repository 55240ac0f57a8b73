"""What each command may read, and so the least that it has to be allowed.

This is the readers' own list: what is not on it is not read, whatever a question would like to know. Secrets are not on
it, and ConfigMaps are by their names alone.
"""

from typing import Literal

from msgspec import Struct

from trustpath.facts.collected import group_of
from trustpath.model.kubernetes_facts import RESOURCES
from trustpath.model.reads import AwsRead, CertificatesRead, IssuerRead, KubernetesRead, LogRead, Read, permission_of

Verb = Literal["get", "list"]

ISSUER_URL = "/.well-known/openid-configuration"
AWS_AUTH = frozenset({"aws-auth"})
ARGO_SETTINGS = frozenset({"argo-workflows-workflow-controller-configmap", "workflow-controller-configmap"})
"""How Argo's manifests and its Helm chart call the ConfigMap of the controller."""


class Needs(Struct, frozen=True):
    """What a command reads: kinds with their verbs, the issuer's document, and calls to AWS.

    ``certificates`` are those of the issuer's host, from the internet, ``logs`` those of pods. ``config_maps`` are the
    names of the ConfigMaps that it reads: they may hold anything.
    """

    get: frozenset[str] = frozenset()
    list: frozenset[str] = frozenset()
    issuer: bool = False
    certificates: bool = False
    logs: bool = False
    aws: frozenset[str] = frozenset()
    config_maps: frozenset[str] = frozenset()

    def __or__(self, other: "Needs") -> "Needs":
        """Return both together."""
        return Needs(
            self.get | other.get,
            self.list | other.list,
            self.issuer or other.issuer,
            self.certificates or other.certificates,
            self.logs or other.logs,
            self.aws | other.aws,
            self.config_maps | other.config_maps,
        )

    def covers(self, read: Read) -> bool:
        """Return whether a read is on the list."""
        match read:
            case AwsRead():
                return read.action in self.aws
            case IssuerRead():
                return self.issuer
            case CertificatesRead():
                return self.certificates
            case LogRead():
                return self.logs
            case KubernetesRead():
                if read.kind == "ConfigMap":
                    return read.name in self.config_maps
                return read.kind in (self.get if read.name else self.list)


_RBAC = Needs(list=frozenset({"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"}))
_CUSTOM = Needs(frozenset({"CustomResourceDefinition"}), frozenset({"CustomResourceDefinition"}))
_PRINCIPAL = Needs(
    config_maps=AWS_AUTH,
    aws=frozenset(
        {
            "eks:DescribeAccessEntry",
            "eks:DescribeCluster",
            "eks:ListAccessEntries",
            "eks:ListAssociatedAccessPolicies",
            "eks:ListClusters",
            "iam:GetRole",
            "sts:GetCallerIdentity",
        }
    ),
)
_TRUST = frozenset(
    {
        "ec2:DescribeInstances",
        "eks:DescribeAddon",
        "eks:DescribeCluster",
        "eks:DescribePodIdentityAssociation",
        "eks:ListPodIdentityAssociations",
        "iam:GetInstanceProfile",
        "iam:GetOpenIDConnectProvider",
        "iam:GetPolicy",
        "iam:GetPolicyVersion",
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
        "iam:ListOpenIDConnectProviders",
        "iam:ListRolePolicies",
        "iam:ListRoles",
        "organizations:DescribeOrganization",
        "organizations:DescribePolicy",
        "organizations:ListParents",
        "organizations:ListPoliciesForTarget",
        "sts:GetCallerIdentity",
    }
)
_RESOURCES_POLICIES = frozenset(
    {
        "ecr:GetRepositoryPolicy",
        "kms:DescribeKey",
        "kms:GetKeyPolicy",
        "lambda:GetPolicy",
        "opensearch:DescribeDomain",
        "s3:GetBucketEncryption",
        "s3:GetBucketPolicy",
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetResourcePolicy",
        "sns:GetTopicAttributes",
        "sqs:GetQueueAttributes",
    }
)
_WORKLOADS = frozenset({"CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "StatefulSet"})
_POD = Needs(
    _WORKLOADS | {"Namespace", "Node", "SecretProviderClass", "ServiceAccount"},
    _WORKLOADS | {"MutatingWebhookConfiguration", "ServiceAccount"},
    issuer=True,
    aws=_TRUST,
)
_SCAN = Needs(
    frozenset({"SecretProviderClass"}),
    _WORKLOADS | {"MutatingWebhookConfiguration", "Namespace", "Node", "ServiceAccount"},
    issuer=True,
    aws=_TRUST | {"iam:GetAccountAuthorizationDetails"},
)

_ARGO = Needs(
    list=frozenset(
        {
            *("ClusterWorkflowTemplate", "CronWorkflow", "Deployment", "Ingress", "LimitRange", "Namespace"),
            *("NetworkPolicy", "Pod", "ResourceQuota", "Service", "ServiceAccount", "StatefulSet", "Workflow"),
            "WorkflowTemplate",
        }
    ),
    config_maps=ARGO_SETTINGS,
)

_WORKFLOW = Needs(
    frozenset({"ClusterWorkflowTemplate", "CronWorkflow", "Workflow", "WorkflowTemplate"}),
    frozenset({"Workflow"}),
    config_maps=ARGO_SETTINGS,
)

COMMANDS: dict[str, Needs] = {
    "audit": _ARGO | _RBAC | Needs(list=frozenset({"CustomResourceDefinition"})),
    "compare": _RBAC | _CUSTOM | _PRINCIPAL,
    "probe": _POD | _PRINCIPAL | Needs(aws=_RESOURCES_POLICIES),
    "scan": _SCAN | _RBAC | _PRINCIPAL,
    "snapshot": _SCAN | _ARGO | _RBAC | Needs(list=frozenset({"CustomResourceDefinition"})) | _PRINCIPAL,
    "who-can": _RBAC | _CUSTOM,
    "whoami": _PRINCIPAL,
    "why": _POD | _WORKFLOW | _RBAC | _CUSTOM | _PRINCIPAL | Needs(aws=_RESOURCES_POLICIES),
}
"""What each command reads."""


def cluster_role(name: str, needs: Needs) -> dict[str, object]:
    """Return the ClusterRole that allows just what is needed."""
    by_rule: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for kind in sorted(needs.get | needs.list):
        verbs = tuple(verb for verb, kinds in (("get", needs.get), ("list", needs.list)) if kind in kinds)
        by_rule.setdefault((group_of(kind), verbs), []).append(RESOURCES[kind])
    rules: list[dict[str, object]] = []
    for (group, verbs), resources in sorted(by_rule.items()):
        rules.append({"apiGroups": [group], "resources": sorted(resources), "verbs": list(verbs)})
    if needs.config_maps:
        names = sorted(needs.config_maps)
        rules.append({"apiGroups": [""], "resources": ["configmaps"], "resourceNames": names, "verbs": ["get"]})
    if needs.logs:
        rules.append({"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]})
    if needs.issuer:
        rules.append({"nonResourceURLs": [ISSUER_URL], "verbs": ["get"]})
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name},
        "rules": rules,
    }


def iam_policy(needs: Needs) -> dict[str, object]:
    """Return the IAM policy that allows just what is needed: reading, of whatever a question turns out to name."""
    actions = sorted({permission_of(action) for action in needs.aws} - {""})
    statement = {"Sid": "TrustpathReads", "Effect": "Allow", "Action": actions, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement] if actions else []}
