"""What lets others reach a workload, and what keeps them off: Services, Ingresses, HTTPRoutes, NetworkPolicies."""

from typing import Any

from msgspec import Raw, Struct, field

from trustpath.model.kubernetes import LabelSelector, Metadata, ObjectName


class _Object(Struct, frozen=True, rename="camel", omit_defaults=True):
    """Fields of the objects' JSON; encoded and decoded again, an object is the same."""


class ServiceSpec(_Object, frozen=True):
    """Which pods a Service is for, and from where it is reached."""

    type: str = "ClusterIP"
    selector: dict[str, str] | None = None
    load_balancer_source_ranges: list[str] | None = None


class Service(_Object, frozen=True):
    """A Service."""

    metadata: Metadata
    spec: ServiceSpec = ServiceSpec()


class IngressBackend(_Object, frozen=True):
    """The Service behind a path; ``serviceName`` is the old form."""

    service: ObjectName | None = None
    service_name: str = ""

    @property
    def name(self) -> str:
        """Return the Service's name."""
        return self.service.name if self.service else self.service_name


class IngressPath(_Object, frozen=True):
    """A path of a host."""

    backend: IngressBackend = IngressBackend()


class IngressHttp(_Object, frozen=True):
    """The paths of a host."""

    paths: list[IngressPath] | None = None


class IngressRule(_Object, frozen=True):
    """A host and its paths."""

    host: str = ""
    http: IngressHttp | None = None


class IngressSpec(_Object, frozen=True):
    """Which hosts lead to which Services, and for which of them there is a certificate."""

    tls: list[Raw] | None = None
    rules: list[IngressRule] | None = None
    default_backend: IngressBackend | None = None
    backend: IngressBackend | None = None

    @property
    def services(self) -> frozenset[str]:
        """Return the names of the Services behind it."""
        backends = [self.default_backend, self.backend]
        for rule in self.rules or ():
            backends.extend(path.backend for path in (rule.http.paths if rule.http else None) or ())
        return frozenset(backend.name for backend in backends if backend is not None and backend.name)


class Ingress(_Object, frozen=True):
    """An Ingress."""

    metadata: Metadata
    spec: IngressSpec = IngressSpec()


class AddressBlock(_Object, frozen=True):
    """A range of addresses, with holes."""

    cidr: str = ""
    holes: list[str] | None = field(name="except", default=None)


class Peer(_Object, frozen=True):
    """Who may reach the pods, or whom they may reach."""

    ip_block: AddressBlock | None = None
    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None


class PolicyPort(_Object, frozen=True):
    """A port, by number or name."""

    port: int | str | None = None


class IngressPeers(_Object, frozen=True):
    """A rule of who may reach the pods; no ``from`` means everybody."""

    peers: list[Peer] | None = field(name="from", default=None)
    ports: list[PolicyPort] | None = None


class EgressPeers(_Object, frozen=True):
    """A rule of whom the pods may reach; no ``to`` means everybody."""

    peers: list[Peer] | None = field(name="to", default=None)
    ports: list[PolicyPort] | None = None


class NetworkPolicySpec(_Object, frozen=True):
    """For which pods a policy is, and what it lets through."""

    pod_selector: LabelSelector = LabelSelector()
    policy_types: list[str] | None = None
    ingress: list[IngressPeers] | None = None
    egress: list[EgressPeers] | None = None

    @property
    def types(self) -> frozenset[str]:
        """Return the directions that the policy is about: without a list Ingress, and Egress where it has rules."""
        return frozenset(self.policy_types or (["Ingress", "Egress"] if self.egress else ["Ingress"]))


class NetworkPolicy(_Object, frozen=True):
    """A NetworkPolicy."""

    metadata: Metadata
    spec: NetworkPolicySpec = NetworkPolicySpec()


class BareObject(_Object, frozen=True):
    """An object of which only counts that it is there: a ResourceQuota, a LimitRange."""

    metadata: Metadata


KINDS: dict[str, type[Any]] = {
    "Ingress": Ingress,
    "LimitRange": BareObject,
    "NetworkPolicy": NetworkPolicy,
    "ResourceQuota": BareObject,
    "Service": Service,
}
"""The kinds that are decoded, by name."""
