"""What a scan looks at."""

import hashlib

from msgspec import Struct

from trustpath.engine.labels import selects
from trustpath.model.kubernetes import LabelSelector, Metadata
from trustpath.model.question import Question
from trustpath.model.reads import AwsRead
from trustpath.model.snapshot import Snapshot

NAMESPACED = (
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Job",
    "Pod",
    "ReplicaSet",
    "Role",
    "RoleBinding",
    "ServiceAccount",
    "StatefulSet",
)
CLUSTER = ("ClusterRole", "ClusterRoleBinding", "MutatingWebhookConfiguration", "Namespace", "Node")
"""The kinds that a scan lists."""


class Unit(Struct, frozen=True):
    """One question of a scan: whom it is about, which pods share it, and what is asked.

    ``workload`` is kind and name of what makes the pods, empty for what is no workload.
    """

    subject: str
    namespace: str
    subjects: tuple[str, ...]
    question: Question
    workload: tuple[str, str] = ("", "")


class Scope(Struct, frozen=True):
    """Which namespace, empty for all of them; which pods, by their labels; and the EKS cluster that is meant."""

    namespace: str = ""
    selector: LabelSelector | None = None
    cluster: str = ""

    @property
    def whole(self) -> bool:
        """Return whether the scan is of the whole cluster, so that what has no namespace is looked at as well."""
        return not self.namespace and self.selector is None

    @property
    def shown(self) -> str:
        """Return how to name the scope to people."""
        where = f"namespace {self.namespace}" if self.namespace else "all namespaces"
        return f"{where}, selected pods" if self.selector else where

    def has(self, metadata: Metadata) -> bool:
        """Return whether an object is looked at."""
        if self.namespace and (metadata.namespace or "default") != self.namespace:
            return False
        return self.selector is None or selects(self.selector, metadata.labels or {})

    def want(self, snapshot: Snapshot) -> None:
        """Ask a live reader for the lists that everything else is found by."""
        for kind in NAMESPACED:
            snapshot.kubernetes.want(kind, self.namespace)
        for kind in CLUSTER:
            snapshot.kubernetes.want(kind)
        snapshot.kubernetes.want("ConfigMap", "kube-system", "aws-auth")
        snapshot.aws.cluster(self.cluster)
        snapshot.aws.want(AwsRead("iam:GetAccountAuthorizationDetails", (("Filter", "Role,LocalManagedPolicy"),)))
        if snapshot.aws.unread("iam:GetAccountAuthorizationDetails"):
            snapshot.aws.want_roles()
        if self.cluster:
            for action in ("eks:ListAccessEntries", "eks:ListPodIdentityAssociations"):
                snapshot.aws.want(AwsRead(action, (("clusterName", self.cluster),)))


def fingerprint(identifier: str, subject: str) -> str:
    """Return what a finding is recognised by in later runs: its cause and its subject, and no line or time."""
    return hashlib.sha256(f"{identifier}\0{subject}".encode()).hexdigest()[:32]
