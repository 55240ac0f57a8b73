"""Requests to the Pod Identity agent go to a proxy.

What: compares NO_PROXY with the agent's address where the container has a proxy.
Why it denies: a proxy cannot reach the node's own address, and the agent refuses others (P12, P18).
Not a problem when: the program's SDK asks the agent past every proxy, as some do.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.credentials.environment import bypasses_proxy
from trustpath.paths.pod_to_aws.network import agent_address, proxy_finding
from trustpath.paths.pod_to_aws.symptoms import stands_at
from trustpath.paths.pod_to_aws.walk import Walk


@cause("network")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a proxy is set and NO_PROXY lacks the address, or the agent says so."""
    if walk.method != "pod-identity":
        return
    address = agent_address(walk)
    passes = walk.container is not None and bypasses_proxy(walk.container, address) is True
    shown = () if passes else proxy_finding(walk)
    told = walk.symptom is not None and walk.symptom.causes[:1] == ("proxy-intercepts-credentials-endpoint",)
    message = (stands_at(walk, "the agent says so"),) if told else ()
    if not shown and not message:
        return
    yield Diagnosis(
        confidence="certain" if told and shown else "likely",
        title=f"`NO_PROXY` lacks the address of the Pod Identity agent ({address})"
        if shown
        else "the agent was asked by another address than its own",
        explanation="The container sends plain HTTP through a proxy."
        if shown
        else "A proxy or a sidecar stands between.",
        evidence=(*shown, *message),
        expected=f"{address} in NO_PROXY",
        got="not there",
        symptom="Access Denied. Called agent through invalid address, or an error of the proxy",
        help=("add 169.254.170.23 and [fd00:ec2::23] to NO_PROXY and no_proxy of the container",),
    )
