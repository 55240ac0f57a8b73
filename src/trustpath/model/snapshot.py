"""Everything that was read, immutable, with an index for each way in which a question asks for it.

What a lookup may conclude from silence is decided here and nowhere else:

* an object that an answer holds is known;
* a refusal or "not found" that kubectl or the AWS CLI printed says just that;
* a ``list-…`` answer proves absence of what it does not list, a ``get-…`` answer says nothing of others;
* a Kubernetes kind counts as collected where the dump holds objects of that kind in the same namespace,
  or objects without a namespace (then it was made of the whole cluster, and silence is "implied" absence
  only); but not while a file is left out that may hold the missing one.
"""

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from msgspec import Struct, field

from trustpath.model.arn import OidcProviderArn, RoleArn
from trustpath.model.eks import AccessEntry, Addon, Cluster, InstanceMetadata, PodIdentityAssociation
from trustpath.model.fact import Absent, Denied, Fact, Known, NotCollected
from trustpath.model.iam import (
    CallerIdentity,
    InlinePolicy,
    InlinePolicyNames,
    InstanceProfile,
    ManagedPolicy,
    OidcProvider,
    OrganizationPolicy,
    PolicyAttachments,
    PolicyVersion,
    ResourcePolicy,
    Role,
)
from trustpath.model.kubernetes import NOT_NAMESPACED, Metadata, Pod, ServiceAccount, Workload
from trustpath.model.log import LogLine
from trustpath.model.source import Source
from trustpath.model.token import TokenClaims

T = TypeVar("T")


class Located(Struct, Generic[T], frozen=True):
    """A value and where it stands."""

    value: T
    source: Source


class LeftOut(Struct, frozen=True):
    """Something that could not be read: where, why, and what to do. ``line`` 0 means the whole file."""

    file: str
    line: int
    column: int
    problem: str
    hint: str = ""

    @property
    def place(self) -> str:
        """Return ``file:line:column`` as editors and compilers write it."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class Refusal(Struct, frozen=True):
    """A tool's printed error: ``status`` is Forbidden or NotFound, ``name`` may be empty.

    ``subject`` is a Kubernetes resource (``serviceaccounts``) or an AWS action (``iam:GetRole``).
    """

    status: str
    subject: str
    name: str
    text: str


class OidcProviderFact(Struct, frozen=True):
    """A provider that exists: where that is shown, and its details where they were read."""

    arn: OidcProviderArn
    shown_by: Source
    details: Located[OidcProvider] | None


class Answers(Struct):
    """What the readers found, in the order of reading. ``Snapshot`` indexes it."""

    objects: list[tuple[str, Located[Any]]] = field(default_factory=list)
    counted: dict[str, int] = field(default_factory=dict)
    cluster_scoped_seen: bool = False
    roles: list[Located[Role]] = field(default_factory=list)
    listed_roles: list[tuple[str, Source]] = field(default_factory=list)
    role_lists: list[tuple[tuple[str, ...], Source]] = field(default_factory=list)
    providers: list[Located[OidcProvider]] = field(default_factory=list)
    provider_lists: list[tuple[tuple[str, ...], Source]] = field(default_factory=list)
    instance_profiles: list[Located[InstanceProfile]] = field(default_factory=list)
    attachments: list[Located[PolicyAttachments]] = field(default_factory=list)
    inline_policies: list[Located[InlinePolicy]] = field(default_factory=list)
    inline_policy_names: list[Located[InlinePolicyNames]] = field(default_factory=list)
    managed_policies: list[Located[ManagedPolicy]] = field(default_factory=list)
    policy_versions: list[Located[PolicyVersion]] = field(default_factory=list)
    resource_policies: list[Located[ResourcePolicy]] = field(default_factory=list)
    organization_policies: list[Located[OrganizationPolicy]] = field(default_factory=list)
    callers: list[Located[CallerIdentity]] = field(default_factory=list)
    clusters: list[Located[Cluster]] = field(default_factory=list)
    addons: list[Located[Addon]] = field(default_factory=list)
    access_entries: list[Located[AccessEntry]] = field(default_factory=list)
    associations: list[Located[PodIdentityAssociation]] = field(default_factory=list)
    association_lists: list[Source] = field(default_factory=list)
    instances: list[Located[InstanceMetadata]] = field(default_factory=list)
    issuers: list[Located[str]] = field(default_factory=list)
    tokens: list[Located[TokenClaims]] = field(default_factory=list)
    kubeconfigs: list[Source] = field(default_factory=list)
    log_lines: list[Located[LogLine]] = field(default_factory=list)
    refusals: list[Located[Refusal]] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    files: int = 0

    @property
    def empty(self) -> bool:
        """Return whether nothing was recognised as a fact."""
        return not any(
            value for name, value in self._lists() if name not in ("left_out", "cluster_scoped_seen", "files")
        )

    def _lists(self) -> Iterator[tuple[str, object]]:
        return ((name, getattr(self, name)) for name in self.__struct_fields__)


_RESOURCES = {
    "CronJob": "cronjobs",
    "DaemonSet": "daemonsets",
    "Deployment": "deployments",
    "Job": "jobs",
    "MutatingWebhookConfiguration": "mutatingwebhookconfigurations",
    "Namespace": "namespaces",
    "Node": "nodes",
    "Pod": "pods",
    "ReplicaSet": "replicasets",
    "ReplicationController": "replicationcontrollers",
    "Secret": "secrets",
    "ServiceAccount": "serviceaccounts",
    "StatefulSet": "statefulsets",
}


def _is_issuer(text: str) -> bool:
    """Return whether a text can be an issuer: O1 wants an https URL."""
    return text.startswith("https://") and len(text) > len("https://")


class Snapshot:
    """The facts of one moment. Build it once; every question reads it and none changes it."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.left_out: tuple[LeftOut, ...] = tuple(answers.left_out)
        self._objects: dict[str, dict[tuple[str, str], Located[Any]]] = {}
        self._conflicts: dict[tuple[str, str, str], tuple[Source, Source]] = {}
        self._pods_by_owner: dict[tuple[str, str, str], list[Located[Pod]]] = {}
        self._owned: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
        self._pods_by_account: dict[tuple[str, str], list[Located[Pod]]] = {}
        for kind, located in answers.objects:
            self._add(kind, located)
        self._roles: dict[str, Located[Role]] = {}
        for role in answers.roles:
            known = self._roles.get(role.value.arn)
            if known is None or (role.value.boundary_known and not known.value.boundary_known):
                self._roles[role.value.arn] = role

    def _add(self, kind: str, located: Located[Any]) -> None:
        metadata: Metadata = located.value.metadata
        namespace = "" if kind in NOT_NAMESPACED else metadata.namespace or "default"
        of_kind = self._objects.setdefault(kind, {})
        known = of_kind.get((namespace, metadata.name))
        if known is not None:
            if known.value != located.value:
                self._conflicts[kind, namespace, metadata.name] = (known.source, located.source)
            return
        of_kind[namespace, metadata.name] = located
        for owner in metadata.owner_references or ():
            if isinstance(located.value, Pod):
                self._pods_by_owner.setdefault((owner.kind, namespace, owner.name), []).append(located)
            else:
                self._owned.setdefault((owner.kind, namespace, owner.name), []).append((kind, metadata.name))
        if isinstance(located.value, Pod):
            self._pods_by_account.setdefault((namespace, located.value.spec.account), []).append(located)

    # Kubernetes

    def object(self, kind: str, namespace: str, name: str) -> Fact[Located[Any]]:
        """Return one Kubernetes object; ``namespace`` is empty for kinds without one."""
        what = f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"
        conflict = self._conflicts.get((kind, namespace, name))
        if conflict:
            places = " and ".join(f"{place.file} (document {place.document + 1})" for place in conflict)
            return NotCollected(f"which {what} is meant: it stands in {places} with different content", "")
        found = self._objects.get(kind, {}).get((namespace, name))
        if found is not None:
            return Known(found)
        where = f" -n {namespace}" if namespace else ""
        command = f"kubectl get {_RESOURCES[kind].removesuffix('s')} {name}{where} -o yaml"
        return self._not_found(kind, namespace, name, what, command)

    def objects(self, kind: str) -> Fact[tuple[Located[Any], ...]]:
        """Return all objects of a kind, in the order of reading; none at all is ``Absent``."""
        found = self._objects.get(kind)
        if found:
            return Known(tuple(found.values()))
        everywhere = "" if kind in NOT_NAMESPACED else " -A"
        return self._not_found(kind, "", "", f"any {kind}", f"kubectl get {_RESOURCES[kind]}{everywhere} -o yaml")

    def _not_found(
        self, kind: str, namespace: str, name: str, what: str, command: str
    ) -> Absent | Denied | NotCollected:
        resource = _RESOURCES[kind]
        for refusal in self.answers.refusals:
            said = refusal.value
            if said.subject != resource or said.name not in ("", name):
                continue
            if said.status == "Forbidden":
                return Denied(what, f"get {resource}", command)
            return Absent(what, refusal.source.file)
        if self.left_out or (kind, name) == ("ServiceAccount", "default"):
            # Kubernetes makes a service account `default` in every namespace.
            return NotCollected(what, command)
        if any(place == namespace for place, _ in self._objects.get(kind, ())):
            return Absent(what, f"not among those that the dump holds ({_RESOURCES[kind]})")
        if self.answers.cluster_scoped_seen:
            return Absent(what, f"the dump of the cluster holds no {_RESOURCES[kind]} there", implied=True)
        return NotCollected(what, command)

    def all_of(self, kind: str) -> tuple[Located[Any], ...]:
        """Return the objects of a kind that were read, for looking around: silence proves nothing here."""
        return tuple(self._objects.get(kind, {}).values())

    def pods_of(self, kind: str, namespace: str, name: str) -> tuple[Located[Pod], ...]:
        """Return the pods that an object owns, directly or through the objects that it made."""
        pods: list[Located[Pod]] = []
        seen: set[tuple[str, str]] = set()
        open_owners = [(kind, name)]
        while open_owners:
            owner = open_owners.pop()
            if owner in seen:  # nothing keeps a dump from saying that two objects own each other
                continue
            seen.add(owner)
            pods.extend(self._pods_by_owner.get((owner[0], namespace, owner[1]), ()))
            open_owners.extend(self._owned.get((owner[0], namespace, owner[1]), ()))
        return tuple(pods)

    def pods_running_as(self, namespace: str, account: str) -> tuple[Located[Pod], ...]:
        """Return the pods that run as a service account."""
        return tuple(self._pods_by_account.get((namespace, account), ()))

    def service_account(self, namespace: str, name: str) -> Fact[Located[ServiceAccount]]:
        """Return a service account."""
        return self.object("ServiceAccount", namespace, name)

    def namespaces(self) -> tuple[str, ...]:
        """Return the namespaces that objects stand in, sorted."""
        return tuple(sorted({ns for kind in self._objects.values() for ns, _ in kind if ns}))

    # AWS

    @property
    def single_account(self) -> str:
        """Return the account whose credentials made the dump, empty where the answers do not agree.

        An answer such as an empty ``list-open-id-connect-providers`` does not name its account; it is
        the one that every other answer names.
        """
        callers = {caller.value.account for caller in self.answers.callers}
        if len(callers) == 1:
            return callers.pop()
        accounts = {arn.account for located in self.answers.roles if (arn := RoleArn.parse(located.value.arn))}
        accounts |= {item.value.account for item in self.listed_providers()}
        return accounts.pop() if len(accounts) == 1 else ""

    def role(self, arn: RoleArn) -> Fact[Located[Role]]:
        """Return a role. IAM compares the whole ARN, so a role with the same name elsewhere is another."""
        known = self._roles.get(str(arn))
        if known is not None:
            return Known(known)
        command = f"aws iam get-role --role-name {arn.name} > iam-get-role.{arn.name}.json"
        what = f"IAM role {arn}"
        account = self.single_account
        for refusal in self.answers.refusals:
            said = refusal.value
            if said.subject == "iam:GetRole" and said.name == arn.name and account in ("", arn.account):
                if said.status == "NotFound":
                    return Absent(what, refusal.source.file)
                return Denied(what, "iam:GetRole", command)
        for arns, source in self.answers.role_lists:
            if arn.account in self._accounts(arns):
                return Absent(what, source.file)
        if any(self._same_name(located.value, arn) for located in self.answers.roles):
            # get-role asks by name: one answer for the name in this account is the only such role.
            return Absent(what, "the role of that name in the account has another path")
        return NotCollected(what, command)

    @staticmethod
    def _same_name(role: Role, wanted: RoleArn) -> bool:
        arn = RoleArn.parse(role.arn)
        return arn is not None and (arn.account, arn.name) == (wanted.account, wanted.name)

    def _accounts(self, arns: tuple[str, ...]) -> set[str]:
        named = {arn.split(":")[4] for arn in arns if arn.count(":") >= 5}
        return named or ({self.single_account} - {""})

    def roles(self) -> tuple[Located[Role], ...]:
        """Return the roles that were read."""
        return tuple(self._roles.values())

    def all_roles_known(self, account: str) -> bool:
        """Return whether an answer lists every role of the account."""
        return any(account in self._accounts(arns) for arns, _ in self.answers.role_lists)

    def oidc_provider(self, arn: OidcProviderArn) -> Fact[OidcProviderFact]:
        """Return the IAM OIDC provider with exactly this ARN (O1: byte for byte, in the role's account)."""
        text = str(arn)
        details = self._provider_details(arn)
        for arns, source in self.answers.provider_lists:
            if text in arns:
                return Known(OidcProviderFact(arn, source.at("OpenIDConnectProviderList", arns.index(text)), details))
        command = "aws iam list-open-id-connect-providers > iam-list-open-id-connect-providers.json"
        what = f"IAM OIDC provider {text}"
        for arns, source in self.answers.provider_lists:
            if arn.account in self._accounts(arns):
                return Absent(what, source.file)
        if details is not None and self.single_account == arn.account:
            return Known(OidcProviderFact(arn, details.source, details))
        for refusal in self.answers.refusals:
            if refusal.value.subject == "iam:ListOpenIDConnectProviders":
                return Denied(what, "iam:ListOpenIDConnectProviders", command)
        return NotCollected(what, command)

    def _provider_details(self, arn: OidcProviderArn) -> Located[OidcProvider] | None:
        # get-open-id-connect-provider does not name the account. Several answers for one issuer are
        # of use only where they agree, or where the file's name gives the ARN.
        found = [located for located in self.answers.providers if located.value.issuer == arn.issuer]
        exact = [located for located in found if located.value.arn == arn]
        if exact:
            return exact[0]
        unnamed = [located for located in found if located.value.arn is None]
        if len({(item.value.client_ids, item.value.thumbprints) for item in unnamed}) == 1:
            return unnamed[0]
        return None

    def listed_providers(self) -> tuple[Located[OidcProviderArn], ...]:
        """Return the ARNs of every provider that an answer lists."""
        return tuple(
            Located(arn, source.at("OpenIDConnectProviderList", index))
            for arns, source in self.answers.provider_lists
            for index, text in enumerate(arns)
            if (arn := OidcProviderArn.parse(text))
        )

    def cluster(self, name: str = "") -> Fact[Located[Cluster]]:
        """Return the cluster of that name, or the only one."""
        clusters = {located.value.arn: located for located in self.answers.clusters if name in ("", located.value.name)}
        if len(clusters) == 1:
            return Known(next(iter(clusters.values())))
        if clusters:
            names = ", ".join(sorted(located.value.name for located in clusters.values()))
            return NotCollected(f"which cluster is meant: the facts hold {names}", "--cluster-name NAME")
        shown = name or "NAME"
        command = f"aws eks describe-cluster --name {shown} > eks-describe-cluster.json"
        for refusal in self.answers.refusals:
            if refusal.value.subject == "eks:DescribeCluster":
                return Denied("the EKS cluster", "eks:DescribeCluster", command)
        return NotCollected("the EKS cluster", command)

    def issuer(self, cluster_name: str = "") -> Fact[Located[str]]:
        """Return the URL of the issuer that signs the cluster's service account tokens.

        Taken from ``describe-cluster``, else from the flag of a kube-apiserver pod, the API server's own
        ``/.well-known/openid-configuration``, or a service account token.
        """
        cluster = self.cluster(cluster_name)
        if isinstance(cluster, Known) and _is_issuer(cluster.value.value.issuer):
            located = cluster.value
            return Known(Located(located.value.issuer, located.source.at("cluster", "identity", "oidc", "issuer")))
        if isinstance(cluster, NotCollected) and self.answers.clusters:
            return cluster
        issuers: dict[str, Located[str]] = {}
        for pod in self.all_of("Pod"):
            for container in pod.value.spec.containers or ():
                if _is_issuer(container.service_account_issuer):
                    issuers.setdefault(
                        container.service_account_issuer,
                        Located(container.service_account_issuer, pod.source.at("spec", "containers")),
                    )
        for located_issuer in self.answers.issuers:
            if _is_issuer(located_issuer.value):
                issuers.setdefault(located_issuer.value, located_issuer)
        for token in self.answers.tokens:
            if _is_issuer(token.value.issuer) and token.value.subject.startswith("system:serviceaccount:"):
                issuers.setdefault(token.value.issuer, Located(token.value.issuer, token.source))
        if len(issuers) == 1:
            return Known(next(iter(issuers.values())))
        if issuers:
            names = ", ".join(sorted(issuers))
            return NotCollected(f"which issuer signs the pod's tokens: the facts name {names}", "")
        what = "the cluster's OIDC issuer"
        if isinstance(cluster, Denied):
            return Denied(what, cluster.permission, cluster.command)
        shown = cluster_name or "NAME"
        return NotCollected(what, f"aws eks describe-cluster --name {shown} > eks-describe-cluster.json")

    def associations(self) -> Fact[tuple[Located[PodIdentityAssociation], ...]]:
        """Return the cluster's Pod Identity associations."""
        if self.answers.associations:
            return Known(tuple(self.answers.associations))
        what = "Pod Identity associations"
        if self.answers.association_lists:
            return Absent(what, self.answers.association_lists[0].file)
        return NotCollected(
            what,
            "aws eks list-pod-identity-associations --cluster-name NAME > eks-list-pod-identity-associations.json",
        )

    def workloads(self) -> Iterator[tuple[str, Located[Workload]]]:
        """Return every object with a pod template, with its kind."""
        for kind in ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicaSet"):
            for located in self.all_of(kind):
                yield kind, located
