"""No agent of Pod Identity runs on the pod's node.

What: looks for a ready pod of eks-pod-identity-agent on the pod's node, and for taints that keep it off.
Why it denies: the agent serves the credentials on its own node only (P9, P20).
Not a problem when: the node is one of EKS Auto Mode, which brings the agent itself.
"""

from collections.abc import Iterator
from shlex import quote

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.eks.pod_identity import AGENT
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.node import agent_daemon_set, agent_pods, host_findings, taints_in_the_way
from trustpath.paths.pod_to_aws.walk import Walk


@cause("node", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the agent is elsewhere and not here, cannot come here, or is not ready."""
    if walk.method != "pod-identity" or (walk.node_access is not None and walk.node_access.denied):
        return
    node = walk.spec.node_name if walk.spec else None
    pods = agent_pods(walk)
    here = [pod for pod in pods if node and pod.value.spec.node_name == node]
    if not host_findings(walk) or any(pod.value.status and pod.value.status.ready is not False for pod in here):
        return
    taints = taints_in_the_way(walk)
    message = walk.symptom is not None and "pod-identity-agent-absent-on-node" in walk.symptom.causes
    if not pods and not taints and not message and walk.result("node").state != "broken":
        return
    daemon_set = agent_daemon_set(walk)
    issues = [
        issue for addon in walk.snapshot.aws.addons() if addon.value.name == AGENT for issue in addon.value.issues
    ]
    why = "It is there and not ready." if here else f"{AGENT} runs on {len(pods)} other node{'s' * (len(pods) != 1)}."
    if taints:
        keys = ", ".join(finding.value for finding in taints)
        why = f"The node has the taint {keys}, which the agent's DaemonSet does not tolerate."
    if issues:
        why += f" EKS says of the add-on: {issues[0]}."
    yield Diagnosis(
        confidence="certain" if taints and not here else "likely",
        title=_title(node or "", taints),
        explanation=why,
        evidence=(*host_findings(walk), *taints),
        expected=f"a ready pod of {AGENT} on the pod's node",
        got="not ready" if here else "none",
        symptom='Could not connect to the endpoint URL: "http://169.254.170.23/v1/credentials"',
        help=(
            (
                "let the add-on tolerate every taint (merge this with the configuration values that it has):",
                f"aws eks update-addon --cluster-name {quote(walk.cluster_name or 'CLUSTER')} --addon-name {AGENT} "
                '--configuration-values \'{"tolerations":[{"operator":"Exists"}]}\'',
            )
            if taints or pods or daemon_set is not None
            else (
                f"install the add-on {AGENT}:",
                f"aws eks create-addon --cluster-name {quote(walk.cluster_name or 'CLUSTER')} --addon-name {AGENT}",
            )
        ),
    )


def _title(node: str, taints: tuple[Finding, ...]) -> str:
    where = f"node `{node}`" if node else "the pod's node"
    if not taints:
        return f"no {AGENT} runs on {where}"
    return f"{AGENT} does not tolerate the taint {taints[0].value} of {where}, and does not run there"
