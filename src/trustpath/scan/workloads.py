"""The pods and service accounts that something binds to a role, each unique combination once."""

from collections.abc import Iterator

from trustpath.engine import webhook
from trustpath.engine.iam.trust_subjects import named_subjects
from trustpath.model.answers import Located
from trustpath.model.fact import Known
from trustpath.model.kubernetes import Pod, ServiceAccount
from trustpath.model.question import PodToAws
from trustpath.model.snapshot import Snapshot
from trustpath.paths.pod_to_aws.binding import is_wrong_key
from trustpath.scan.scope import Scope, Unit

Account = tuple[str, str]
"""Namespace and name of a service account."""


def count_pods(snapshot: Snapshot, scope: Scope) -> int:
    """Return how many pods are looked at."""
    return sum(scope.has(pod.value.metadata) for pod in snapshot.kubernetes.all_of("Pod"))


def workloads(snapshot: Snapshot, scope: Scope) -> Iterator[Unit]:
    """Yield a question for each workload, service account and way of binding; pods that are alike share one."""
    bound = _bound_accounts(snapshot, scope)
    associated = {(item.value.namespace, item.value.service_account) for item in snapshot.aws.associations()}
    groups: dict[tuple[object, ...], list[Pod]] = {}
    used: set[Account] = set()
    for located in snapshot.kubernetes.all_of("Pod"):
        pod: Pod = located.value
        if not scope.has(pod.metadata) or _has_ended(pod):
            continue
        namespace = pod.metadata.namespace or "default"
        account = (namespace, pod.spec.account)
        roles = _roles(pod)
        if account not in bound and not any(roles):
            continue
        used.add(account)
        # The agent of EKS Pod Identity is one to a node.
        node = pod.spec.node_name if account in associated else None
        key = (namespace, *_owner(snapshot, pod), account, roles, webhook.injected_volume(pod.spec), node)
        groups.setdefault(key, []).append(pod)
    for pods in groups.values():
        yield _unit(snapshot, scope, pods)
    if scope.selector is None:
        for namespace, name in sorted(bound - used):
            question = PodToAws("ServiceAccount", namespace, name, cluster=scope.cluster)
            yield Unit(f"serviceaccount/{name} -n {namespace}", namespace, (), question)


def _unit(snapshot: Snapshot, scope: Scope, pods: list[Pod]) -> Unit:
    first = pods[0]
    namespace = first.metadata.namespace or "default"
    kind, name = _owner(snapshot, first)
    names = tuple(sorted(pod.metadata.name for pod in pods))
    question = PodToAws("Pod", namespace, first.metadata.name, cluster=scope.cluster)
    return Unit(f"{kind.lower()}/{name} -n {namespace}", namespace, names, question, (kind, name))


def _has_ended(pod: Pod) -> bool:
    ended = pod.status is not None and pod.status.phase in ("Succeeded", "Failed")
    return ended or bool(pod.metadata.deletion_timestamp)


def _roles(pod: Pod) -> tuple[tuple[str, str, str], ...]:
    """Return what the containers' own variables say: role, token file, and the agent's address."""
    found = []
    for container in pod.spec.all_containers:
        values = []
        for name in (webhook.ROLE_VARIABLE, webhook.TOKEN_VARIABLE, "AWS_CONTAINER_CREDENTIALS_FULL_URI"):
            variable = container.variable(name)
            values.append((variable.value or "<hidden>") if variable else "")
        if any(values):
            found.append((values[0], values[1], values[2]))
    return tuple(found)


def _owner(snapshot: Snapshot, pod: Pod) -> tuple[str, str]:
    """Return kind and name of what people wrote to get this pod: the Deployment behind its ReplicaSet, and so on."""
    namespace = pod.metadata.namespace or "default"
    owner = next((item for item in pod.metadata.owner_references or () if item.controller), None)
    if owner is None:
        return "Pod", pod.metadata.name
    known = snapshot.kubernetes.known(owner.kind, namespace, owner.name)
    above = next((i for i in (known.value.metadata.owner_references or ()) if i.controller), None) if known else None
    if above is not None:
        return above.kind, above.name
    suffix = f"-{(pod.metadata.labels or {}).get('pod-template-hash', ' ')}"
    if owner.kind == "ReplicaSet" and owner.name.endswith(suffix):
        return "Deployment", owner.name.removesuffix(suffix)
    return owner.kind, owner.name


def _bound_accounts(snapshot: Snapshot, scope: Scope) -> set[Account]:
    """Return the accounts that an annotation, an association or a role's trust policy binds, or tries to."""
    found: set[Account] = set()
    accounts: tuple[Located[ServiceAccount], ...] = snapshot.kubernetes.all_of("ServiceAccount")
    existing: set[Account] = set()
    for item in accounts:
        metadata = item.value.metadata
        account = (metadata.namespace or "default", metadata.name)
        existing.add(account)
        keys = metadata.annotations or {}
        if webhook.ROLE_ANNOTATION in keys or any(map(is_wrong_key, keys)):
            found.add(account)
    found |= {(item.value.namespace, item.value.service_account) for item in snapshot.aws.associations()}
    issuer = snapshot.issuer(scope.cluster)
    if isinstance(issuer, Known):
        name = issuer.value.value.removeprefix("https://")
        for role in snapshot.aws.roles():
            for subject, _ in named_subjects(role.value.trust, name):
                account = (subject[2], subject[3])
                if account in existing:
                    found.add(account)
    return {account for account in found if account[0] == (scope.namespace or account[0])}
