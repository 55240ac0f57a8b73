"""The network's link: the program finds STS, or the agent, and the one of the right partition."""

import re
from urllib.parse import urlsplit

from trustpath.engine.credentials.environment import bypasses_proxy, proxy_variable
from trustpath.engine.eks.pod_identity import ADDRESSES
from trustpath.engine.sts import partition_of
from trustpath.model.arn import OidcProviderArn
from trustpath.model.fact import Known
from trustpath.model.trace import Need
from trustpath.paths.links import Finding, LinkResult, broken, ok, unknown
from trustpath.paths.pod_to_aws.symptoms import stands_at
from trustpath.paths.pod_to_aws.walk import Walk

_ENDPOINTS = ("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL")


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    if walk.method == "pod-identity":
        return _to_the_agent(walk)
    if walk.method != "irsa" or walk.role_arn is None or (walk.binding and walk.binding.origin == "question"):
        return LinkResult("not-applicable", "no call of STS")
    if said := asked_elsewhere(walk):
        return broken(
            "the message shows that STS of another partition is asked",
            said,
            expected=f"STS of partition {walk.role_arn.partition}",
            got="another partition's",
        )
    if endpoint := foreign_endpoint(walk):
        return broken(
            f"the container asks STS at {endpoint.value}, in another partition than the role",
            endpoint,
            expected=f"STS of partition {walk.role_arn.partition}",
            got=endpoint.value,
        )
    if missing := missing_region(walk):
        return unknown(
            f"the container sets {missing[0].value}, and its SDK reads the other variable for the region",
            Need("the region that the program uses", walk.printenv("AWS_REGION", "AWS_DEFAULT_REGION")),
            evidence=missing,
        )
    region, place = container_region(walk)
    if region and partition_of(region) != walk.role_arn.partition:
        if walk.container and any(walk.container.variable(name) for name in _ENDPOINTS):
            return unknown(
                f"the container's region is {region}, in another partition than the role, and it sets an endpoint",
                Need("the endpoint of STS that the program calls", walk.printenv(*_ENDPOINTS)),
                evidence=[place] if place else [],
            )
        return broken(
            f"the container's region is {region}, in another partition than the role: its SDK asks the STS there",
            *([place] if place else []),
            expected=f"a region of partition {walk.role_arn.partition}",
            got=region,
        )
    return ok(f"STS of {region}" if region else "STS by the SDK's own default")


def container_region(walk: Walk) -> tuple[str, Finding | None]:
    """Return the region that the container's own variables set, and its place."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        variable = walk.container.variable(name) if walk.container else None
        if variable is not None and variable.value:
            source = walk.variable_source(name)
            return variable.value, Finding(source, variable.value, name) if source else None
    return "", None


_STS_HOST = re.compile(r"\bsts(?:\.(?P<region>[a-z0-9-]+))?\.amazonaws\.com(?P<china>\.cn)?\b")


def has_empty_region(walk: Walk) -> bool:
    """Return whether the message shows an STS host with nothing where the region stands."""
    return walk.symptom is not None and "sts..amazonaws.com" in walk.symptom.text


def asked_elsewhere(walk: Walk) -> Finding | None:
    """Return the message where it shows an STS of another partition than the role's (O8).

    By the host that it names; or, outside of the partition ``aws``, by STS not knowing a provider that is there.
    """
    if walk.symptom is None or walk.role_arn is None:
        return None
    host = _STS_HOST.search(walk.symptom.text)
    if host is not None:
        partition = "aws-cn" if host["china"] else partition_of(host["region"] or "")
        return stands_at(walk, host[0]) if partition != walk.role_arn.partition else None
    issuer = walk.snapshot.issuer(walk.question.cluster)
    unknown_provider = walk.symptom.row is not None and walk.symptom.row.number == "E059"
    if not unknown_provider or walk.role_arn.partition == "aws" or not isinstance(issuer, Known):
        return None
    arn = OidcProviderArn(walk.role_arn.partition, walk.role_arn.account, issuer.value.value.removeprefix("https://"))
    there = isinstance(walk.snapshot.aws.oidc_provider(arn), Known)
    return stands_at(walk, "the provider is there, in this partition") if there else None


def foreign_endpoint(walk: Walk) -> Finding | None:
    """Return the place of an STS endpoint of another partition than the role's (O8, T15)."""
    variable = walk.container.variable("AWS_ENDPOINT_URL_STS") if walk.container else None
    source = walk.variable_source("AWS_ENDPOINT_URL_STS")
    if variable is None or not variable.value or source is None or walk.role_arn is None:
        return None
    host = urlsplit(variable.value).hostname or ""
    labels = host.split(".")
    if labels[:1] != ["sts"]:
        return None
    # The global endpoint is of the partition aws alone (T14).
    region = labels[1] if len(labels) > 3 else "us-east-1"
    foreign = partition_of(region) != walk.role_arn.partition
    return Finding(source, variable.value, "the endpoint of STS") if foreign else None


_PYTHON = frozenset({"boto3", "botocore", "aws-cli-v1", "aws-cli-v2"})
_OTHER_VARIABLE = dict.fromkeys(_PYTHON, "AWS_DEFAULT_REGION") | {
    "aws-sdk-go-v1": "AWS_REGION",
    "aws-sdk-java-v1": "AWS_REGION",
    "aws-sdk-java-v2": "AWS_REGION",
    "aws-sdk-js-v2": "AWS_REGION",
    "aws-sdk-js-v3": "AWS_REGION",
}
"""The one variable from which an SDK reads its region (L3)."""


def missing_region(walk: Walk) -> tuple[Finding, ...]:
    """Return the region variable that is set where the known SDK reads the other one only (L3)."""
    read = _OTHER_VARIABLE.get(walk.sdk.sdk.name) if walk.sdk else None
    if read is None or walk.container is None or walk.container.env_from:
        return ()
    other = "AWS_REGION" if read == "AWS_DEFAULT_REGION" else "AWS_DEFAULT_REGION"
    source = walk.variable_source(other)
    if source is None or walk.container.variable(read) is not None:
        return ()
    return (Finding(source, other, f"read by other SDKs than the {walk.sdk.sdk.title if walk.sdk else ''}"),)


def agent_address(walk: Walk) -> str:
    """Return the address of the agent that the pod is told to ask: by its variable, else by the cluster's family."""
    named = walk.credentials
    if named is not None and named.full_uri:
        return ADDRESSES["ipv6"] if ADDRESSES["ipv6"] in named.full_uri else ADDRESSES["ipv4"]
    cluster = walk.snapshot.aws.cluster(walk.question.cluster)
    family = cluster.value.value.ip_family if isinstance(cluster, Known) else ""
    return ADDRESSES.get(family, ADDRESSES["ipv4"])


def proxy_finding(walk: Walk) -> tuple[Finding, ...]:
    """Return the place of the proxy's variable, and of NO_PROXY where it is set."""
    if walk.container is None or walk.container_source is None:
        return ()
    wanted = ("NO_PROXY", "no_proxy", proxy_variable(walk.container))
    found = [
        Finding(walk.container_source.at("env", index, "name"), variable.name)
        for index, variable in enumerate(walk.container.env or ())
        if variable.name in wanted
    ]
    return tuple(sorted(found, key=lambda finding: "no_proxy" not in finding.value.lower()))


def _to_the_agent(walk: Walk) -> LinkResult:
    """P18: what goes to the agent must not go through a proxy."""
    address = agent_address(walk)
    if walk.container is None or not proxy_variable(walk.container):
        return ok(f"the agent is asked at {address}")
    match bypasses_proxy(walk.container, address):
        case True:
            return ok(f"the agent is asked at {address}, past the proxy")
        case None:
            return unknown(
                "NO_PROXY comes from a ConfigMap or Secret",
                Need("the value in the running container", walk.printenv("NO_PROXY", "no_proxy")),
            )
        case _:
            return broken(
                f"the container has a proxy, and NO_PROXY does not name the agent's address {address}",
                *proxy_finding(walk),
                expected=f"{address} in NO_PROXY",
                got="requests to the agent go to the proxy",
            )
