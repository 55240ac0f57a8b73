"""The Kubernetes objects that a question looks at, with the fields that decide something.

Values of environment variables are kept only for names that steer AWS clients and hold no secret;
Secret data has no field at all, so neither can be stored.
"""

import re
from typing import Any

from msgspec import Raw, Struct, field
from msgspec.structs import force_setattr

from trustpath.model import argo_flags

# The variables that decide which AWS identity a client takes (eks-identity W8, section 7).
_KEPT_VARIABLES = frozenset(
    {
        "AWS_CONFIG_FILE",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_DEFAULT_REGION",
        "AWS_EC2_METADATA_DISABLED",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_STS",
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_STS_REGIONAL_ENDPOINTS",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "NO_PROXY",
        "no_proxy",
    }
)
# A class of the Java SDKs, or a list of them: which provider a program is told to use (N3).
_PROVIDER_NAME = re.compile(r"[\w.$]{1,200}CredentialsProvider\b")
_PROVIDER_CLASS = re.compile(r"(?:--?[\w.-]+[ =])?(?:[\w.-]+=)?[\w.$,]*CredentialsProvider[\w.$,]*")

# The annotations that a rule reads (W1, W2, W4).
_KEPT_ANNOTATIONS = re.compile(
    r"(?:eks|iam)\.amazonaws\.com/|kubectl\.kubernetes\.io/default-container$|role-arn$"
    r"|workflows\.argoproj\.io/(?:rbac-rule|rbac-rule-precedence|service-account-token\.name)$"
    r"|kubernetes\.io/service-account\.name$"
    r"|service\.beta\.kubernetes\.io/(?:aws|azure)-load-balancer-(?:internal|scheme|type)$"
    r"|alb\.ingress\.kubernetes\.io/(?:scheme|inbound-cidrs|backend-protocol|certificate-arn|listen-ports)$"
)

# A value that is not kept, as JSON.
_NOTHING = Raw(b'""')

ARGO_CONTROLLER_SETTINGS = "workflow-controller-configmap"
"""How the names of the ConfigMaps end that hold the settings of Argo's controller."""

_ISSUER_FLAG = "--service-account-issuer="


class _Object(Struct, frozen=True, rename="camel", omit_defaults=True):
    """Fields of Kubernetes' JSON; what is not named here is skipped while decoding.

    Encoded and decoded again, an object is the same: that is how a snapshot is saved.
    """


class OwnerReference(_Object, frozen=True):
    """The object that made this one."""

    kind: str
    name: str
    uid: str = ""
    controller: bool | None = None


class ManagedFields(_Object, frozen=True):
    """What one manager set last, and when."""

    manager: str = ""
    operation: str = ""
    time: str | None = None
    fields_v1: Raw = Raw(b"")


class Metadata(_Object, frozen=True):
    """The name, the times and the markings of an object."""

    name: str = ""
    generate_name: str | None = None
    namespace: str | None = None
    uid: str | None = None
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    owner_references: list[OwnerReference] | None = None
    managed_fields: list[ManagedFields] | None = None

    def __post_init__(self) -> None:
        # Annotations may hold whole objects with their secrets (last-applied-configuration).
        if self.annotations:
            kept = {key: value for key, value in self.annotations.items() if _KEPT_ANNOTATIONS.match(key)}
            force_setattr(self, "annotations", kept)

    def annotation(self, key: str) -> str:
        """Return the annotation's value, empty when it is not set: the webhook treats both alike (W1)."""
        return (self.annotations or {}).get(key, "")


class EnvironmentVariable(_Object, frozen=True):
    """A variable of a container.

    The container expands ``$(NAME)`` as the kubelet does and then drops the value of every name that could
    hold a secret: ``value`` is None then, and ``is_set`` tells that there was one. ``hidden`` is true when
    the value comes from a ConfigMap or Secret, or refers to such a variable.
    """

    name: str
    value: str | None = None
    value_from: Raw = Raw(b"")
    is_set: bool = False
    hidden: bool = False


class ObjectName(_Object, frozen=True):
    """A reference by name alone."""

    name: str = ""


class EnvironmentSource(_Object, frozen=True):
    """A ConfigMap or Secret whose keys all become variables; the webhook does not look inside (W8)."""

    prefix: str | None = None
    config_map_ref: ObjectName | None = None
    secret_ref: ObjectName | None = None


class VolumeMount(_Object, frozen=True):
    """Where a volume stands in a container."""

    name: str
    mount_path: str = ""
    sub_path: str | None = None


class Capabilities(_Object, frozen=True):
    """What of root's powers a container has."""

    drop: list[str] | None = None


class SecurityContext(_Object, frozen=True):
    """The user that a container or pod runs as, and what that user may do to the node."""

    run_as_user: int | None = None
    run_as_non_root: bool | None = None
    fs_group: int | None = None
    privileged: bool | None = None
    allow_privilege_escalation: bool | None = None
    read_only_root_filesystem: bool | None = None
    capabilities: Capabilities | None = None


_REFERENCE = re.compile(r"\$(\$|\(([^()]+)\))")


def _environment(variables: list[EnvironmentVariable], *, more: bool) -> list[EnvironmentVariable]:
    """Expand references to earlier variables as the kubelet does, and drop values that may be secret.

    A reference to a name that is not set stays as it is; with ``more`` (envFrom) it may be set elsewhere.
    Variables of a saved snapshot are past that: what was dropped has only its marks.
    """
    if any(variable.is_set or variable.hidden for variable in variables):
        return variables
    values: dict[str, str | None] = {}
    kept = []
    for variable in variables:
        if bool(variable.value_from):
            values[variable.name] = None
            kept.append(EnvironmentVariable(variable.name, None, variable.value_from, is_set=True, hidden=True))
            continue
        value = _expand(variable.value or "", values, more=more)
        values[variable.name] = value
        shown = value if variable.name in _KEPT_VARIABLES or variable.name in argo_flags.VARIABLES else None
        if shown is None and value is not None:
            # Of other values only the names of providers.
            shown = ",".join(_PROVIDER_NAME.findall(value)) or None
        kept.append(EnvironmentVariable(variable.name, shown, is_set=value != "", hidden=value is None))
    return kept


def _expand(text: str, values: dict[str, str | None], *, more: bool) -> str | None:
    """Return the text with its references replaced, None when one of them cannot be known."""
    if "$" not in text:
        return text
    parts: list[str] = []
    end = 0
    for reference in _REFERENCE.finditer(text):
        parts.append(text[end : reference.start()])
        end = reference.end()
        name = reference[2]
        if name is None:
            parts.append("$")  # `$$` is a plain dollar
            continue
        value = values.get(name, None if more else reference[0])
        if value is None:
            return None
        parts.append(value)
    return "".join((*parts, text[end:]))


class Container(_Object, frozen=True):
    """One container of a pod."""

    name: str = ""
    image: str | None = None
    command: list[str] | None = None
    args: list[str] | None = None
    env: list[EnvironmentVariable] | None = None
    env_from: list[EnvironmentSource] | None = None
    volume_mounts: list[VolumeMount] | None = None
    security_context: SecurityContext | None = None

    def __post_init__(self) -> None:
        # Command lines may hold secrets. What a question reads is the API server's issuer and a provider's class.
        for words_of in ("command", "args"):
            words: list[str] | None = getattr(self, words_of)
            if words:
                if argo_flags.is_component(self.image or ""):
                    kept = argo_flags.kept(words)
                else:
                    kept = [w for w in words if w.startswith(_ISSUER_FLAG) or _PROVIDER_CLASS.fullmatch(w)]
                force_setattr(self, words_of, kept)
        if self.env:
            force_setattr(self, "env", _environment(self.env, more=bool(self.env_from)))

    def variable(self, name: str) -> EnvironmentVariable | None:
        """Return the variable that counts: for doubled names the last one, as the kubelet does."""
        for variable in reversed(self.env or ()):
            if variable.name == name:
                return variable
        return None

    @property
    def service_account_issuer(self) -> str:
        """Return the first issuer that this kube-apiserver signs with, empty for other containers."""
        for word in (*(self.command or ()), *(self.args or ())):
            if word.startswith(_ISSUER_FLAG):
                return str(word.removeprefix(_ISSUER_FLAG))
        return ""


class ServiceAccountToken(_Object, frozen=True):
    """A token that the kubelet asks for and writes to ``path``; no audience means the API server's own."""

    path: str = ""
    audience: str | None = None
    expiration_seconds: int | None = None


class KeyPath(_Object, frozen=True):
    """A key of a ConfigMap or Secret and the file that shows it."""

    path: str = ""


class ProjectedKeys(_Object, frozen=True):
    """Keys of a ConfigMap or Secret as files; no ``items`` means all of them under their own names."""

    items: list[KeyPath] | None = None


class ProjectedSource(_Object, frozen=True):
    """One part of a projected volume: a token, or files from elsewhere."""

    service_account_token: ServiceAccountToken | None = None
    secret: ProjectedKeys | None = None
    config_map: ProjectedKeys | None = None

    def shows(self, path: str) -> bool:
        """Return whether a ConfigMap or Secret may stand at ``path`` in the volume."""
        for keys in (self.secret, self.config_map):
            if keys is not None and (keys.items is None or any(item.path == path for item in keys.items)):
                return True
        return False


class ProjectedVolume(_Object, frozen=True):
    """A volume made from tokens, config maps and secrets."""

    sources: list[ProjectedSource] | None = None
    default_mode: int | None = None


class SecretVolume(_Object, frozen=True):
    """A volume that shows a Secret's keys as files."""

    secret_name: str | None = None


class CsiVolume(_Object, frozen=True):
    """A volume that a CSI driver mounts when the pod starts, with the pod's own identity for some drivers."""

    driver: str = ""
    volume_attributes: dict[str, str] | None = None


class Volume(_Object, frozen=True):
    """A volume of a pod."""

    name: str
    projected: ProjectedVolume | None = None
    secret: SecretVolume | None = None
    csi: CsiVolume | None = None


class Toleration(_Object, frozen=True):
    """What lets a pod onto a tainted node."""

    key: str | None = None
    operator: str | None = None
    value: str | None = None
    effect: str | None = None


class Taint(_Object, frozen=True):
    """What keeps pods off a node."""

    key: str = ""
    value: str | None = None
    effect: str = ""

    def tolerated_by(self, tolerations: list[Toleration] | None) -> bool:
        """Return whether one of the tolerations lets a pod pass (Kubernetes: no key with Exists passes all)."""
        return any(
            toleration.effect in (None, "", self.effect)
            and (
                (toleration.operator == "Exists" and toleration.key in (None, "", self.key))
                or (
                    toleration.operator in (None, "", "Equal")
                    and toleration.key == self.key
                    and (toleration.value or "") == (self.value or "")
                )
            )
            for toleration in tolerations or ()
        )


class PodSpec(_Object, frozen=True):
    """What runs in a pod, as which service account, on which node."""

    service_account_name: str | None = None
    service_account: str | None = None
    containers: list[Container] | None = None
    init_containers: list[Container] | None = None
    ephemeral_containers: list[Container] | None = None
    volumes: list[Volume] | None = None
    node_name: str | None = None
    security_context: SecurityContext | None = None
    host_network: bool | None = None
    node_selector: dict[str, str] | None = None
    tolerations: list[Toleration] | None = None

    @property
    def account(self) -> str:
        """Return the service account's name; ``serviceAccount`` is the old alias, empty means default."""
        return self.service_account_name or self.service_account or "default"

    @property
    def all_containers(self) -> tuple[Container, ...]:
        """Return init containers, then containers: the order in which the webhook visits them (W8)."""
        return (*(self.init_containers or ()), *(self.containers or ()))


class PodCondition(_Object, frozen=True):
    """One condition of a pod."""

    type: str = ""
    status: str = ""


class ContainerStatus(_Object, frozen=True):
    """How a container is doing."""

    name: str = ""
    ready: bool | None = None
    restart_count: int = 0


class PodStatus(_Object, frozen=True):
    """Whether the pod still runs, and since when."""

    phase: str | None = None
    start_time: str | None = None
    conditions: list[PodCondition] | None = None
    container_statuses: list[ContainerStatus] | None = None

    @property
    def ready(self) -> bool | None:
        """Return whether the pod serves, None where its status does not say."""
        for condition in self.conditions or ():
            if condition.type == "Ready":
                return condition.status == "True"
        if self.container_statuses:
            return all(status.ready is True for status in self.container_statuses)
        return None

    def restarts(self, container: str) -> int:
        """Return how often a container was restarted, 0 where its status does not say."""
        return next((item.restart_count for item in self.container_statuses or () if item.name == container), 0)


class Pod(_Object, frozen=True):
    """A pod as the API server stored it, after admission."""

    metadata: Metadata
    spec: PodSpec
    status: PodStatus | None = None


class PodTemplate(_Object, frozen=True):
    """The pod that a workload makes."""

    spec: PodSpec
    metadata: Metadata = Metadata()


class SelectorRequirement(_Object, frozen=True):
    """One expression of a label selector."""

    key: str
    operator: str
    values: list[str] | None = None


class LabelSelector(_Object, frozen=True):
    """A label selector; an empty one selects everything."""

    match_labels: dict[str, str] | None = None
    match_expressions: list[SelectorRequirement] | None = None


class WorkloadSpec(_Object, frozen=True):
    """The part that workloads share. A ReplicationController's selector is a plain map, which is not kept."""

    selector: LabelSelector | None = None
    template: PodTemplate | None = None


class Workload(_Object, frozen=True):
    """A Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController or Job."""

    metadata: Metadata
    spec: WorkloadSpec = WorkloadSpec()

    @property
    def template(self) -> PodTemplate | None:
        """Return the pod that this workload makes, or None when the object does not say."""
        return self.spec.template


class CronJobTemplate(_Object, frozen=True):
    """The job inside a CronJob; its metadata may be missing."""

    spec: WorkloadSpec = WorkloadSpec()


class CronJobBody(_Object, frozen=True):
    """The body of a CronJob."""

    job_template: CronJobTemplate | None = None


class CronJob(_Object, frozen=True):
    """A CronJob."""

    metadata: Metadata
    spec: CronJobBody = CronJobBody()

    @property
    def template(self) -> PodTemplate | None:
        """Return the pod that the jobs of this CronJob make."""
        return self.spec.job_template.spec.template if self.spec.job_template else None


class ServiceAccount(_Object, frozen=True):
    """A service account, its annotations, and the names of the secrets that Kubernetes up to 1.23 made for it."""

    metadata: Metadata
    secrets: list[ObjectName] | None = None


class ServiceReference(_Object, frozen=True):
    """The Service behind a self-hosted webhook."""

    name: str = ""
    namespace: str = ""
    path: str | None = None
    port: int | None = None


class WebhookClient(_Object, frozen=True):
    """How the API server reaches a webhook."""

    url: str | None = None
    service: ServiceReference | None = None
    ca_bundle: str | None = None


class WebhookRule(_Object, frozen=True):
    """Which requests a webhook is called for."""

    operations: list[str] | None = None
    api_groups: list[str] | None = None
    api_versions: list[str] | None = None
    resources: list[str] | None = None
    scope: str | None = None


class Webhook(_Object, frozen=True):
    """One webhook of a configuration."""

    name: str
    client_config: WebhookClient = WebhookClient()
    rules: list[WebhookRule] | None = None
    failure_policy: str | None = None
    namespace_selector: LabelSelector | None = None
    object_selector: LabelSelector | None = None
    match_conditions: list[Raw] | None = None


class MutatingWebhookConfiguration(_Object, frozen=True):
    """A set of mutating webhooks."""

    metadata: Metadata
    webhooks: list[Webhook] | None = None


class Namespace(_Object, frozen=True):
    """A namespace and its labels."""

    metadata: Metadata


class NodeInfo(_Object, frozen=True):
    """What the kubelet says of its node."""

    kubelet_version: str = ""


class NodeStatus(_Object, frozen=True):
    """The part of a node's status that is kept."""

    node_info: NodeInfo | None = None


class NodeSpec(_Object, frozen=True):
    """Which instance a node is, and what it keeps off."""

    provider_id: str | None = field(name="providerID", default=None)
    taints: list[Taint] | None = None


class Node(_Object, frozen=True):
    """A node."""

    metadata: Metadata
    status: NodeStatus | None = None
    spec: NodeSpec | None = None

    @property
    def instance_id(self) -> str:
        """Return the id of the node's EC2 instance, empty where it is none."""
        identifier = ((self.spec and self.spec.provider_id) or "").rpartition("/")[2]
        return identifier if identifier.startswith("i-") else ""


class Secret(_Object, frozen=True):
    """That a Secret exists, of which type it is, and the names of its keys. No value of it is kept."""

    metadata: Metadata
    type: str | None = None
    data: dict[str, Raw] | None = None
    string_data: dict[str, Raw] | None = None

    def __post_init__(self) -> None:
        for part in ("data", "string_data"):
            values: dict[str, Raw] | None = getattr(self, part)
            if values:
                force_setattr(self, part, dict.fromkeys(values, _NOTHING))

    @property
    def keys(self) -> frozenset[str]:
        """Return the names of its keys."""
        return frozenset({**(self.data or {}), **(self.string_data or {})})


class SecretProviderClassSpec(_Object, frozen=True):
    """Which provider of the Secrets Store CSI driver fetches, and how. Parameters hold no secret."""

    provider: str = ""
    parameters: dict[str, Any] | None = None


class SecretProviderClass(_Object, frozen=True):
    """What the Secrets Store CSI driver mounts into a pod."""

    metadata: Metadata
    spec: SecretProviderClassSpec = SecretProviderClassSpec()


class CredentialsSource(_Object, frozen=True):
    """Where a Crossplane provider takes its credentials from."""

    source: str = ""


class ProviderConfigSpec(_Object, frozen=True):
    """The part of a ProviderConfig that is kept."""

    credentials: CredentialsSource | None = None


class ProviderConfig(_Object, frozen=True):
    """How a Crossplane provider for AWS signs in."""

    metadata: Metadata
    spec: ProviderConfigSpec = ProviderConfigSpec()


class CustomResourceNames(_Object, frozen=True):
    """How a custom resource is called."""

    plural: str = ""
    singular: str | None = None
    short_names: list[str] | None = None


class CustomResourceSpec(_Object, frozen=True):
    """The API group of a custom resource and whether its objects have a namespace."""

    group: str = ""
    scope: str = "Namespaced"
    names: CustomResourceNames = CustomResourceNames()


class CustomResourceDefinition(_Object, frozen=True):
    """A kind of object that the cluster was taught."""

    metadata: Metadata
    spec: CustomResourceSpec = CustomResourceSpec()


class ConfigMap(_Object, frozen=True):
    """A ConfigMap: the names of its keys.

    Only two keep values, each as JSON: ``aws-auth`` of ``kube-system``, and the settings of Argo's controller, of
    which the reader keeps no secret.
    """

    metadata: Metadata
    data: dict[str, Raw] | None = None

    def __post_init__(self) -> None:
        # ConfigMaps may hold anything, also what is secret.
        whole = (self.metadata.name, self.metadata.namespace) == ("aws-auth", "kube-system") or (
            self.metadata.name.endswith(ARGO_CONTROLLER_SETTINGS)
        )
        kept = {key: Raw(bytes(value)) if whole else _NOTHING for key, value in (self.data or {}).items()}
        force_setattr(self, "data", kept or None)

    @property
    def keys(self) -> frozenset[str]:
        """Return the names of its keys."""
        return frozenset(self.data or {})


KINDS: dict[str, type[Any]] = {
    "ConfigMap": ConfigMap,
    "CronJob": CronJob,
    "CustomResourceDefinition": CustomResourceDefinition,
    "DaemonSet": Workload,
    "Deployment": Workload,
    "Job": Workload,
    "MutatingWebhookConfiguration": MutatingWebhookConfiguration,
    "Namespace": Namespace,
    "Node": Node,
    "Pod": Pod,
    "ProviderConfig": ProviderConfig,
    "ReplicaSet": Workload,
    "ReplicationController": Workload,
    "Secret": Secret,
    "SecretProviderClass": SecretProviderClass,
    "ServiceAccount": ServiceAccount,
    "StatefulSet": Workload,
}
"""The kinds that are decoded, by name."""

TEMPLATED = frozenset(
    {"CronJob", "DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet"}
)
"""The kinds that hold a pod template."""

NOT_NAMESPACED = frozenset(
    {
        "ClusterRole",
        "ClusterRoleBinding",
        "ClusterWorkflowTemplate",
        "CustomResourceDefinition",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "ProviderConfig",
    }
)
