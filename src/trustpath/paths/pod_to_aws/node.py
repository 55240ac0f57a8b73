"""The node's link: the Pod Identity agent serves there, or its metadata service gives the node's role."""

from shlex import quote

from trustpath.engine.eks import pod_identity
from trustpath.engine.iam.session_request import Session
from trustpath.engine.iam.three_valued import Truth
from trustpath.model.answers import Located
from trustpath.model.arn import Arn
from trustpath.model.fact import Absent, Known, NotCollected
from trustpath.model.kubernetes import Pod, Workload
from trustpath.model.trace import Need
from trustpath.paths.links import NOT_REACHED, Finding, LinkResult, broken, ok, unknown, unread
from trustpath.paths.pod_to_aws.symptoms import finds_no_credentials
from trustpath.paths.pod_to_aws.walk import NodeFacts, Walk
from trustpath.paths.role_permissions import evaluate

_TOLERATED_BY_DAEMON_SETS = frozenset(
    f"node.kubernetes.io/{name}"
    for name in (
        "disk-pressure",
        "memory-pressure",
        "network-unavailable",
        "not-ready",
        "pid-pressure",
        "unreachable",
        "unschedulable",
    )
)
"""Taints that the DaemonSet controller lets its pods tolerate by itself."""
_LABEL = "app.kubernetes.io/name"


def find_node(walk: Walk) -> None:
    """Find the pod's node, its instance and its role, as far as they were read."""
    name = walk.spec.node_name if walk.spec else None
    known = walk.snapshot.kubernetes.object("Node", "", name) if name else None
    node = known.value if isinstance(known, Known) else None
    instance = None
    if node is not None and node.value.instance_id:
        instance = walk.snapshot.aws.instance(node.value.instance_id)
    elif name:
        instance = walk.snapshot.aws.instance_named(name)
    role = walk.snapshot.aws.role_of_profile(instance.value.instance_profile_arn) if instance else None
    walk.host = NodeFacts(node, instance, role)


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    if walk.method == "pod-identity":
        return _agent(walk)
    if walk.method == "node" or (walk.binding is None and _would_use_node(walk)):
        return _metadata_service(walk)
    return LinkResult("not-applicable", "the node plays no part")


def _would_use_node(walk: Walk) -> bool:
    """Return whether nothing but the node's role is there for the container."""
    named = walk.credentials
    return walk.pod is not None and named is not None and not named.configured and not named.role_hidden


def _agent(walk: Walk) -> LinkResult:
    """Return whether the agent answers the pod (P9, P10, P16)."""
    if walk.spec is None:
        return NOT_REACHED
    node = walk.host.node
    kind = pod_identity.unsupported_host(walk.spec, node.value if node else None, walk.metadata.labels or {})
    if kind in ("fargate", "windows"):
        where = "on Fargate" if kind == "fargate" else "on Windows"
        return broken(
            f"EKS Pod Identity does not serve pods {where}",
            *host_findings(walk),
            expected="a Linux node on EC2",
            got=kind,
        )
    if kind == "hybrid":
        return unknown(
            "the node is a hybrid one: whether an agent serves there depends on how it was set up",
            Need("the agent's pods for hybrid nodes", "kubectl get pods -n kube-system -o wide"),
            evidence=host_findings(walk),
        )
    found = _agent_there(walk)
    if found is not None:
        return found
    return _node_may_ask(walk)


def host_findings(walk: Walk) -> tuple[Finding, ...]:
    """Return the place that shows on what kind of host the pod runs."""
    if walk.spec is not None and walk.spec_source is not None and walk.spec.node_name:
        return (Finding(walk.spec_source.at("nodeName"), walk.spec.node_name, "the pod's node"),)
    return (Finding(walk.spec_source, "", "the pod"),) if walk.spec_source else ()


def agent_daemon_set(walk: Walk) -> Located[Workload] | None:
    """Return the agent's DaemonSet, None where it was not read."""
    known = walk.snapshot.kubernetes.object("DaemonSet", "kube-system", pod_identity.AGENT)
    return known.value if isinstance(known, Known) else None


def agent_pods(walk: Walk) -> tuple[Located[Pod], ...]:
    """Return the agent's pods that were read, on any node."""
    walk.snapshot.kubernetes.want_selected("Pod", "kube-system", labels=f"{_LABEL}={pod_identity.AGENT}")
    return tuple(
        pod
        for pod in walk.snapshot.kubernetes.all_of("Pod")
        if (pod.value.metadata.labels or {}).get(_LABEL) == pod_identity.AGENT
        or any(owner.name == pod_identity.AGENT for owner in pod.value.metadata.owner_references or ())
    )


def taints_in_the_way(walk: Walk) -> tuple[Finding, ...]:
    """Return the taints of the pod's node that the agent's DaemonSet does not tolerate."""
    node, agent = walk.host.node, agent_daemon_set(walk)
    template = agent.value.template if agent else None
    if node is None or node.value.spec is None or template is None:
        return ()
    return tuple(
        Finding(
            node.source.at("spec", "taints", index, "key"),
            taint.key,
            "the node's taint, which the agent does not tolerate",
        )
        for index, taint in enumerate(node.value.spec.taints or ())
        if taint.effect in ("NoSchedule", "NoExecute")
        and taint.key not in _TOLERATED_BY_DAEMON_SETS
        and not taint.tolerated_by(template.spec.tolerations)
    )


def _agent_there(walk: Walk) -> LinkResult | None:
    """Return the answer where the agent is surely or perhaps not there; None where it is."""
    node = walk.host.node
    if pod_identity.has_built_in_agent(node.value if node else None):
        return None
    pods = agent_pods(walk)
    name = walk.spec.node_name if walk.spec else ""
    here = [pod for pod in pods if pod.value.spec.node_name == name]
    if name and here:
        ready = [pod.value.status.ready for pod in here if pod.value.status is not None]
        if ready and not any(state is not False for state in ready):
            place = here[0].source.at("status")
            return broken("the agent's pod on this node is not ready", Finding(place, "", "not ready", key=True))
        return None
    if not name:
        return None if pods or agent_daemon_set(walk) is not None else _agent_unread(walk)
    if pods:
        return broken(
            f"no agent runs on node {name}",
            *host_findings(walk),
            *taints_in_the_way(walk),
            expected=f"a pod of {pod_identity.AGENT} on the pod's node",
            got=f"the agent runs on {len(pods)} other node{'s' if len(pods) > 1 else ''}",
        )
    if taints_in_the_way(walk):
        return broken(
            f"no agent runs on node {name}",
            *host_findings(walk),
            *taints_in_the_way(walk),
            expected=f"a pod of {pod_identity.AGENT} on the pod's node",
            got="none",
        )
    return _agent_unread(walk)


def _agent_unread(walk: Walk) -> LinkResult:
    fact = walk.snapshot.kubernetes.object("DaemonSet", "kube-system", pod_identity.AGENT)
    everything = f"kubectl get daemonsets,pods -n kube-system -l {_LABEL}={pod_identity.AGENT} -o yaml > agent.yaml"
    found_nothing = walk.symptom is not None and finds_no_credentials(walk.symptom)
    if isinstance(fact, Absent) and (not fact.implied or found_nothing):
        return broken(
            f"the cluster has no {pod_identity.AGENT}: {fact.shown_by}",
            *host_findings(walk),
            expected=f"a pod of {pod_identity.AGENT} on the pod's node",
            got="none",
        )
    missing = NotCollected(f"the pods of {pod_identity.AGENT}", everything)
    return unknown(f"whether the agent runs on the pod's node {unread(missing)}", missing)


def _node_may_ask(walk: Walk) -> LinkResult:
    """Return whether the node's role may ask EKS Auth for credentials (P10)."""
    role = walk.host.role
    if role is None:
        missing = NotCollected(
            "the role of the pod's node", "aws ec2 describe-instances --instance-ids ID > ec2-describe-instances.json"
        )
        if walk.pod is None:
            return ok("the agent runs in the cluster; which node a new pod gets is not known")
        return unknown("the agent runs; whether the node's role may ask for credentials was not read", missing)
    session = Session(role, "instance", walk.host.instance.value.instance_id if walk.host.instance else "")
    found = evaluate(walk.snapshot, session, pod_identity.NODE_ACTION, _cluster_of(walk), region=walk.region)
    walk.node_access = found
    match found.decision.result:
        case "allowed":
            return ok(f"the agent runs on the node, and {role.name} may ask for credentials")
        case "unknown":
            return unknown(
                f"the agent runs; whether the node's role {role.name} may ask for credentials was not read",
                *found.needs(),
            )
        case _ if found.only_on:
            return unknown(
                f"the agent runs, and {role.name} may ask for credentials of some clusters only",
                Need("the cluster's ARN", "aws eks describe-cluster --name NAME > eks-describe-cluster.json"),
                evidence=tuple(found.place(result) for result in found.only_on),
            )
        case _:
            return broken(
                f"the node's role {role.name} may not call {pod_identity.NODE_ACTION}",
                *found.statements(),
                expected=f"a policy with {pod_identity.NODE_ACTION}",
                got="none allows it",
            )


def _cluster_of(walk: Walk) -> str:
    """Return the ARN of the cluster, else as the ARN of the association has it."""
    if walk.cluster_arn or walk.association is None:
        return walk.cluster_arn
    arn = Arn.parse(walk.association.value.arn)
    name = walk.association.value.cluster
    return f"arn:{arn.partition}:eks:{arn.region}:{arn.account}:cluster/{name}" if arn and name else ""


def reaches_metadata(walk: Walk) -> Truth:
    """Return whether the container gets credentials from the instance's metadata service (H1, H2)."""
    instance = walk.host.instance
    if _switched_off(walk):
        return None
    if instance is not None and instance.value.endpoint == "disabled":
        return False
    if walk.spec is not None and walk.spec.host_network:
        return True
    if instance is None or not instance.value.hop_limit:
        return None
    if instance.value.hop_limit >= 2:
        return True
    # With tokens optional a client may fall back to the first version, whose answers travel further.
    return False if instance.value.tokens == "required" else None


def _switched_off(walk: Walk) -> bool:
    """Return whether the container tells its SDK not to ask the metadata service, or may do so."""
    switch = walk.container.variable("AWS_EC2_METADATA_DISABLED") if walk.container else None
    return switch is not None and (switch.hidden or (switch.value or "").lower() == "true")


def hop_limit_finding(walk: Walk) -> tuple[Finding, ...]:
    """Return the place of the instance's hop limit."""
    instance = walk.host.instance
    if instance is None:
        return ()
    place = instance.source.at("MetadataOptions", "HttpPutResponseHopLimit")
    return (Finding(place, str(instance.value.hop_limit), "the node's instance"),)


def _metadata_service(walk: Walk) -> LinkResult:
    role = walk.host.role
    name = f"the node's role {role.name}" if role else "the node's role"
    match reaches_metadata(walk):
        case True:
            if role is None:
                return unknown("which role the node has was not read", _role_need(walk))
            return ok(f"the metadata service gives {name}", *hop_limit_finding(walk))
        case False:
            return broken(
                "the pod has no role of its own, and the metadata service's answers do not reach it",
                *hop_limit_finding(walk),
                expected="a hop limit of 2, or a role for the pod's service account",
                got=f"hop limit {walk.host.instance.value.hop_limit if walk.host.instance else '?'}",
            )
        case _ if _switched_off(walk):
            return unknown(
                "AWS_EC2_METADATA_DISABLED keeps most SDKs from asking the metadata service",
                Need("the value, and the SDK that the program uses", walk.printenv("AWS_EC2_METADATA_DISABLED")),
            )
        case _ if walk.host.instance is None:
            return unknown("whether the metadata service answers the pod was not read", _role_need(walk))
        case _:
            return unknown(
                "the hop limit is 1 and tokens are optional: whether the program falls back to metadata without tokens "
                "depends on its SDK",
                Need("the SDK that the program uses"),
                evidence=hop_limit_finding(walk),
            )


def _role_need(walk: Walk) -> Need:
    name = walk.spec.node_name if walk.spec and walk.spec.node_name else "NODE"
    return Need(
        f"the EC2 instance of node {name}",
        f"aws ec2 describe-instances --filters {quote(f'Name=private-dns-name,Values={name}')} "
        "> ec2-describe-instances.json",
    )
