"""How a component of Argo is reached from outside of the cluster."""

from collections.abc import Iterator

from msgspec import Struct

from trustpath.audits.installations import Audit
from trustpath.engine.labels import selects
from trustpath.model.answers import Located
from trustpath.model.argo import Component
from trustpath.model.exposure import Ingress, Service
from trustpath.model.kubernetes import LabelSelector, Metadata
from trustpath.paths.links import Finding

_INTERNAL = (
    ("service.beta.kubernetes.io/aws-load-balancer-internal", ("true", "0.0.0.0/0")),
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", ("internal",)),
    ("service.beta.kubernetes.io/azure-load-balancer-internal", ("true",)),
)
_SCHEME = "alb.ingress.kubernetes.io/scheme"
_SOURCES = "alb.ingress.kubernetes.io/inbound-cidrs"
_CERTIFICATE = "alb.ingress.kubernetes.io/certificate-arn"
_PROXIES = ("istio-proxy", "linkerd-proxy", "envoy", "nginx", "oauth2-proxy", "consul-dataplane")


class Way(Struct, frozen=True):
    """A way to a component from outside that is open to everybody, or not encrypted."""

    kind: str
    name: str
    why: str
    place: Finding
    remedy: str


def has_proxy(part: Component) -> bool:
    """Return whether a proxy of a mesh, or another one, stands beside the component in its pod."""
    template = part.workload.value.template
    containers = template.spec.all_containers if template else ()
    marked = (template.metadata.annotations or {}) if template else {}
    return any(container.name in _PROXIES for container in containers) or any("inject" in key for key in marked)


def services_of(audit: Audit, part: Component) -> Iterator[Located[Service]]:
    """Yield the Services that lead to the pods of a component."""
    template = part.workload.value.template
    labels = (template.metadata.labels or {}) if template else {}
    for item in audit.facts.all_of("Service"):
        service: Service = item.value
        if (service.metadata.namespace or "default") != part.namespace or not service.spec.selector:
            continue
        if selects(LabelSelector(service.spec.selector), labels):
            yield item


def ingresses_of(audit: Audit, part: Component) -> Iterator[Located[Ingress]]:
    """Yield the Ingresses that lead to Services of a component."""
    names = {item.value.metadata.name for item in services_of(audit, part)}
    for item in audit.facts.all_of("Ingress"):
        ingress: Ingress = item.value
        if (ingress.metadata.namespace or "default") == part.namespace and names & ingress.spec.services:
            yield item


def exposure_of(audit: Audit, part: Component) -> tuple[Finding, ...]:
    """Return what lets people outside of the cluster reach a component, guarded or not."""
    services = (
        Finding(item.source.at("spec", "type"), item.value.spec.type, "reached from outside")
        for item in services_of(audit, part)
        if item.value.spec.type in ("LoadBalancer", "NodePort") and not _is_internal(item.value.metadata)
    )
    ingresses = (
        Finding(item.source.at("metadata", "name"), item.value.metadata.name, "leads to it")
        for item in ingresses_of(audit, part)
        if item.value.metadata.annotation(_SCHEME) != "internal"
    )
    return (*services, *ingresses)


def open_ways_to(audit: Audit, part: Component) -> Iterator[Way]:
    """Yield the ways to a component that are open to everybody, or not encrypted."""
    for item in services_of(audit, part):
        service: Service = item.value
        if service.spec.type not in ("LoadBalancer", "NodePort") or service.spec.load_balancer_source_ranges:
            continue
        if _is_internal(service.metadata):
            continue
        yield Way(
            "Service",
            service.metadata.name,
            "for everybody who can route to the nodes or the load balancer",
            Finding(item.source.at("spec", "type"), service.spec.type, "and no loadBalancerSourceRanges"),
            "type ClusterIP behind an Ingress with TLS, an internal load balancer, or spec.loadBalancerSourceRanges",
        )
    for ingress_item in ingresses_of(audit, part):
        ingress: Ingress = ingress_item.value
        metadata = ingress.metadata
        place = Finding(ingress_item.source.at("metadata", "name"), metadata.name, "")
        if not ingress.spec.tls and not metadata.annotation(_CERTIFICATE):
            yield Way(
                "Ingress",
                metadata.name,
                "without TLS",
                Finding(place.source, place.value, "no spec.tls"),
                "spec.tls with a certificate",
            )
        elif metadata.annotation(_SCHEME) == "internet-facing" and not metadata.annotation(_SOURCES):
            yield Way(
                "Ingress",
                metadata.name,
                "for the whole internet",
                Finding(ingress_item.source.at("metadata", "annotations", _SCHEME), "internet-facing", "for everybody"),
                f"scheme internal, or {_SOURCES}",
            )


def _is_internal(metadata: Metadata) -> bool:
    return any(metadata.annotation(key) in values for key, values in _INTERNAL)
