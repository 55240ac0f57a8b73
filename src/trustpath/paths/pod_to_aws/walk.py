"""What the links of the path pod → AWS have found so far."""

from dataclasses import dataclass, field
from shlex import quote
from typing import Literal

from msgspec import Struct, structs

from trustpath.engine import role_arn as role_arn_rules
from trustpath.engine import sts, webhook
from trustpath.engine.credentials.environment import STATIC_VARIABLES, Credentials, credentials
from trustpath.engine.credentials.sdks import SdkVersion
from trustpath.engine.eks import pod_identity
from trustpath.engine.eks.pod_identity import PodIdentityCall
from trustpath.engine.iam.decision import Decision
from trustpath.engine.iam.near_misses import StatementResult
from trustpath.engine.iam.session_request import Session
from trustpath.engine.iam.three_valued import Truth
from trustpath.engine.messages.symptom import Symptom
from trustpath.engine.projected_token import TokenFile
from trustpath.model.answers import Located
from trustpath.model.arn import RoleArn
from trustpath.model.aws_facts import OidcProviderFact
from trustpath.model.eks import InstanceMetadata, PodIdentityAssociation
from trustpath.model.fact import Known
from trustpath.model.iam import Certificate, Role
from trustpath.model.kubernetes import TEMPLATED, Container, Metadata, Node, Pod, PodSpec, ServiceAccount
from trustpath.model.policy import MalformedPolicy
from trustpath.model.question import PodToAws
from trustpath.model.snapshot import Snapshot
from trustpath.model.source import Source
from trustpath.paths.links import Finding, LinkResult, Sentences
from trustpath.paths.role_permissions import Evaluation


class Binding(Struct, frozen=True):
    """Where the role comes from.

    The service account's annotation, its Pod Identity association, the container's own variables, the question, or
    the node, whose role a pod without one of its own uses.
    """

    origin: Literal["annotation", "association", "container", "question", "node"]
    role: str
    source: Source | None


class TrustVerdict(Struct, frozen=True):
    """A role's trust policy and what it says to the pod's call.

    ``nearest`` is the Allow statement that came nearest where none applies.
    """

    role: Located[Role]
    call: sts.WebIdentityCall
    decision: Decision
    nearest: StatementResult | None


class PodIdentityTrust(Struct, frozen=True):
    """What a role's trust policy says to EKS Auth, for each action that it needs (P5)."""

    role: Located[Role]
    call: PodIdentityCall
    decisions: dict[str, Decision]


class NodeFacts(Struct, frozen=True):
    """The node of the pod, its EC2 instance and its role, each None where it was not read."""

    node: Located[Node] | None = None
    instance: Located[InstanceMetadata] | None = None
    role: RoleArn | None = None


NO_SOURCE = Source("")


@dataclass
class Walk:
    """What the links have found so far. Fields stay None until their link has been walked.

    ``action`` and ``resource`` are the question's, or those of a message where the question has none.
    ``symptom_place`` is where the message stands, ``from_log`` whether a log of the pod among the facts
    holds it, ``action_told`` whether the action is the message's and not the question's.
    ``foreign_token``: the token in the file may be of another issuer and for another subject, so that
    nothing can be said of how STS and the role take it. ``api_token``: it is the Kubernetes API's;
    ``api_token_proven``: and not by the name of its Secret alone. ``last_certificate`` is that of the
    issuer's host which the provider has no thumbprint of. ``known_credentials`` are those of the container that
    they were last asked of.
    """

    snapshot: Snapshot
    question: PodToAws
    action: str = ""
    resource: str = ""
    results: dict[str, LinkResult] = field(default_factory=dict)
    behind: dict[str, LinkResult] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    symptom: Symptom | None = None
    symptom_place: Source = NO_SOURCE
    from_log: bool = False
    action_told: bool = False
    sdk: SdkVersion | None = None
    sdk_shown_by: Finding | None = None
    pod: Located[Pod] | None = None
    metadata: Metadata = field(default_factory=Metadata)
    spec: PodSpec | None = None
    spec_source: Source | None = None
    container: Container | None = None
    container_source: Source | None = None
    account_name: str = ""
    account: Located[ServiceAccount] | None = None
    account_absent: bool = False
    binding: Binding | None = None
    role_arn: RoleArn | None = None
    role_arn_fault: role_arn_rules.Fault | None = None
    other_partition: str = ""
    role: Located[Role] | None = None
    token: TokenFile | None = None
    token_readable: Truth = None
    foreign_token: bool = False
    api_token: bool = False
    api_token_proven: bool = False
    audience: str = ""
    issuer: Located[str] | None = None
    provider: OidcProviderFact | None = None
    last_certificate: Certificate | None = None
    trust: TrustVerdict | None = None
    malformed_trust: MalformedPolicy | None = None
    association: Located[PodIdentityAssociation] | None = None
    pod_identity_trust: PodIdentityTrust | None = None
    host: NodeFacts = field(default_factory=NodeFacts)
    node_access: Evaluation | None = None
    acting: Session | None = None
    chain: tuple[Evaluation, ...] = ()
    trust_controls: Evaluation | None = None
    evaluation: Evaluation | None = None
    behind_call: tuple[Evaluation, ...] = ()
    on_the_way: Evaluation | None = None
    known_credentials: tuple[Container, Credentials] | None = None

    def result(self, link: str) -> LinkResult:
        """Return what a link found, also when the request never got there."""
        return self.behind.get(link) or self.results[link]

    @property
    def sentences(self) -> Sentences:
        """Return how to say the verdict."""
        question = self.question
        who = f"{question.target_kind.lower()} {question.namespace}/{question.name}"
        last = self.results.get("permissions")
        if self.evaluation is not None and last is not None and last.state in ("ok", "broken"):
            what = f"{self.action} on {self.resource}" if self.resource else self.action
            role = f" as role {self.evaluation.session.role.name}"
            role += ", by the policies that were read" if last.needs else ""
            return Sentences(
                f"{who} may {what}{role}",
                f"{who} may not {what}",
                f"{who} probably may not {what}",
                f"whether {who} may {what}",
            )
        role = f"role {self.role_arn.name}" if self.role_arn else "a role of its own"
        return Sentences(
            f"{who} gets {role}",
            f"{who} does not get {role}",
            f"{who} probably does not get {role}",
            f"whether {who} gets {role}",
        )

    @property
    def log_subject(self) -> str:
        """Return the pod's name: the logs of pods are saved under it."""
        return self.metadata.name

    @property
    def http_status(self) -> int:
        """Return 0: AWS refuses here, not the API server."""
        return 0

    @property
    def namespace(self) -> str:
        """Return the namespace that the question is about."""
        return self.question.namespace

    @property
    def subject(self) -> str:
        """Return the ``sub`` claim of the pod's tokens."""
        return sts.subject(self.namespace, self.account_name)

    @property
    def method(self) -> Literal["", "irsa", "pod-identity", "node"]:
        """Return the way in which the pod comes to its role, empty while nothing binds one."""
        if self.binding is None:
            return ""
        origins: dict[str, Literal["pod-identity", "node"]] = {"association": "pod-identity", "node": "node"}
        return origins.get(self.binding.origin, "irsa")

    @property
    def region(self) -> str:
        """Return the region that the container is set to, else the cluster's; empty when neither is known."""
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
            variable = self.container.variable(name) if self.container else None
            if variable is not None and variable.value:
                return variable.value
        cluster = self.snapshot.aws.cluster(self.question.cluster)
        return cluster.value.value.region if isinstance(cluster, Known) else ""

    @property
    def cluster_arn(self) -> str:
        """Return the cluster's ARN, empty when it is not known."""
        cluster = self.snapshot.aws.cluster(self.question.cluster)
        return cluster.value.value.arn if isinstance(cluster, Known) else ""

    @property
    def credentials(self) -> Credentials | None:
        """Return what the container's variables say, None when no container is known."""
        if self.container is None:
            return None
        if self.known_credentials is None or self.known_credentials[0] is not self.container:
            found = credentials(self.container)
            if self.key_sources and not found.static_keys:
                found = structs.replace(found, static_keys=True)
            self.known_credentials = (self.container, found)
        return self.known_credentials[1]

    @property
    def key_sources(self) -> tuple[int, ...]:
        """Return the indexes in ``envFrom`` of the ConfigMaps and Secrets that give a whole pair of access keys."""
        found = []
        for index, source in enumerate(self.container.env_from or () if self.container else ()):
            for kind, reference in (("Secret", source.secret_ref), ("ConfigMap", source.config_map_ref)):
                known = self.snapshot.kubernetes.object(kind, self.namespace, reference.name) if reference else None
                if isinstance(known, Known):
                    names = {f"{source.prefix or ''}{key}" for key in known.value.value.keys}
                    if names.issuperset(STATIC_VARIABLES):
                        found.append(index)
        return tuple(found)

    @property
    def annotated_role(self) -> str:
        """Return the service account's role-arn annotation, empty without one."""
        return self.account.value.metadata.annotation(webhook.ROLE_ANNOTATION) if self.account else ""

    @property
    def annotation_source(self) -> Source | None:
        """Return the place of the role-arn annotation."""
        if not self.account or not self.annotated_role:
            return None
        return self.account.source.at("metadata", "annotations", webhook.ROLE_ANNOTATION)

    @property
    def metadata_source(self) -> Source | None:
        """Return the place of the metadata of the pod, or of the template that pods are made from."""
        if self.spec_source is None:
            return None
        owner = Source(self.spec_source.file, self.spec_source.document, self.spec_source.path[:-1])
        return owner.at("metadata")

    @property
    def is_ephemeral(self) -> bool:
        """Return whether the container was added to a running pod, where no webhook sees it (W8)."""
        return self.spec is not None and any(self.container is item for item in self.spec.ephemeral_containers or ())

    @property
    def skipped(self) -> webhook.Skip:
        """Return why the webhook leaves the container alone, empty when it does not."""
        pair = webhook.POD_IDENTITY_VARIABLES if self.method == "pod-identity" else webhook.WEB_IDENTITY_VARIABLES
        return webhook.skipped(self.container, self.metadata, pair) if self.container else ""

    @property
    def injected(self) -> bool:
        """Return whether the pod carries what the webhook adds, whichever container got it."""
        return self.pod is not None and webhook.injected_volume(
            self.pod.value.spec, pod_identity.VOLUME if self.method == "pod-identity" else webhook.VOLUME
        )

    @property
    def cluster_name(self) -> str:
        """Return the cluster's name, empty when it is not known."""
        cluster = self.snapshot.aws.cluster(self.question.cluster)
        return cluster.value.value.name if isinstance(cluster, Known) else self.question.cluster

    @property
    def asks_for_role_itself(self) -> Truth:
        """Return whether the pod's own manifest sets AWS_ROLE_ARN, and not the webhook; None when not known.

        A pod that nobody owns, or that is only a template, shows what its author wrote.
        """
        if self.pod is None or not self.metadata.owner_references:
            return True
        for owner in self.metadata.owner_references:
            if owner.kind not in TEMPLATED:
                continue
            found = self.snapshot.kubernetes.object(owner.kind, self.metadata.namespace or "default", owner.name)
            template = found.value.value.template if isinstance(found, Known) else None
            if template is not None:
                names = [container.name for container in template.spec.all_containers]
                if self.container is None or self.container.name not in names:
                    return None
                return any(
                    container.name == self.container.name and container.variable(webhook.ROLE_VARIABLE) is not None
                    for container in template.spec.all_containers
                )
        return None

    def printenv(self, *names: str) -> str:
        """Return the command that shows variables in the running container."""
        return self.exec_command("printenv", *names)

    def exec_command(self, *words: str) -> str:
        """Return the command that runs something in the running container."""
        container = f" -c {quote(self.container.name)}" if self.container else ""
        return f"kubectl exec {quote(self.metadata.name)} -n {quote(self.namespace)}{container} -- {' '.join(words)}"

    def role_call(self, role: RoleArn) -> sts.WebIdentityCall:
        """Return the call by which this pod would assume a role."""
        issuer = self.issuer.value.removeprefix("https://") if self.issuer else ""
        return sts.WebIdentityCall(role, self.subject, issuer, self.audience)

    def variable_source(self, name: str) -> Source | None:
        """Return the place of a variable's value in the chosen container."""
        if self.container is None or self.container_source is None:
            return None
        found = [index for index, variable in enumerate(self.container.env or ()) if variable.name == name]
        return self.container_source.at("env", found[-1], "value") if found else None
