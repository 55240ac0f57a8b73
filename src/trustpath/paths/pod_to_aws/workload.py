"""The first link: the workload is there, and one of its pods stands for it."""

import difflib
from shlex import quote

from trustpath.engine import webhook
from trustpath.engine.credentials.environment import credentials
from trustpath.errors import QuestionError
from trustpath.model.answers import Located
from trustpath.model.fact import Absent, Known, NotCollected
from trustpath.model.kubernetes import Container, Metadata, Pod, PodSpec
from trustpath.model.question import PodToAws
from trustpath.model.snapshot import Snapshot
from trustpath.model.source import Source
from trustpath.model.trace import Need
from trustpath.paths.links import Finding, LinkResult, ok, unknown, unread
from trustpath.paths.pod_to_aws.node import find_node
from trustpath.paths.pod_to_aws.walk import Walk


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    question = walk.question
    kubernetes = walk.snapshot.kubernetes
    if question.target_kind == "ServiceAccount":
        walk.account_name = question.name
        of_account = f"spec.serviceAccountName={question.name}"
        kubernetes.want_selected("Pod", question.namespace, fields=of_account)
        pods = kubernetes.pods_running_as(question.namespace, question.name)
        if pods:
            return _choose_pod(walk, pods)
        if isinstance(kubernetes.service_account(question.namespace, question.name), Absent):
            raise QuestionError(*_suggest(walk.snapshot, question))
        if unlisted := kubernetes.unread_pods(question.namespace, fields=of_account):
            return unknown("which pods run as it was not read: a new pod is assumed", unlisted)
        return ok("no pod runs as this service account in these facts: a new pod is assumed")
    kind = question.target_kind.lower()
    match kubernetes.object(question.target_kind, question.namespace, question.name):
        case Known(located):
            pass
        case missing:
            if isinstance(missing, Absent):
                _look_around(walk.snapshot, question)
            if isinstance(missing, Absent) and (kubernetes.all_of(question.target_kind) or not missing.implied):
                raise QuestionError(*_suggest(walk.snapshot, question))
            if _elsewhere(walk.snapshot, question) or _other_kinds(walk.snapshot, question):
                raise QuestionError(*_suggest(walk.snapshot, question))
            if isinstance(missing, Absent):
                where = f"-n {quote(question.namespace)} -o yaml > {quote(question.name + '.yaml')}"
                command = f"kubectl get {kind} {quote(question.name)} {where}"
                missing = NotCollected(f"the {kind}", command)
            return unknown(f"the {kind} {unread(missing)}", missing)
    if question.target_kind == "Pod":
        return _use_pod(walk, located, "")
    pods = kubernetes.pods_of(question.target_kind, question.namespace, question.name)
    if pods:
        return _choose_pod(walk, pods)
    template = located.value.template
    if template is None:
        return unknown("it has no pod and no pod template", Need("one of its pods", "kubectl get pods -o yaml"))
    path = ("spec", "jobTemplate", "spec") if question.target_kind == "CronJob" else ("spec",)
    walk.metadata = template.metadata
    source = located.source.at(*path, "template", "spec")
    labels = kubernetes.selector_of(question.target_kind, question.namespace, question.name)
    if unlisted := kubernetes.unread_pods(question.namespace, labels=labels):
        _use_spec(walk, template.spec, source, "")
        return unknown("its pods were not read: its template is used", unlisted)
    return _use_spec(walk, template.spec, source, "no pod of it exists: its template is used")


def _choose_pod(walk: Walk, pods: tuple[Located[Pod], ...]) -> LinkResult:
    """Look at a pod that was given nothing, if there is one, else at the newest."""
    alive = [pod for pod in pods if _is_alive(pod.value)]
    newest_first = sorted(alive or pods, key=lambda pod: pod.value.metadata.creation_timestamp or "", reverse=True)
    without = [pod for pod in newest_first if not _was_given_a_role(walk, pod.value)]
    chosen = (without or newest_first)[0]
    count = len(newest_first)
    if count == 1:
        note = ""
    elif without and len(without) < count:
        note = f"{len(without)} of {count} pods were given no role"
    else:
        note = f"the newest of {count} pods"
    return _use_pod(walk, chosen, note)


def _is_alive(pod: Pod) -> bool:
    """Return whether a pod neither ended nor is being taken away, as in the middle of a rollout."""
    ended = pod.status is not None and pod.status.phase in ("Succeeded", "Failed")
    return not ended and not pod.metadata.deletion_timestamp


def _was_given_a_role(walk: Walk, pod: Pod) -> bool:
    container = _choose_container(walk, pod.metadata, pod.spec)
    named = credentials(container) if container is not None else None
    return named is not None and (named.web_identity or named.container_pair)


def _suggest(snapshot: Snapshot, question: PodToAws) -> tuple[str, str]:
    kind = question.target_kind
    message = f"no {kind} {question.name} in namespace {question.namespace}"
    message += "" if snapshot.is_live else " in these facts"
    if other := _other_kinds(snapshot, question):
        return message, f"did you mean {other[0].lower()}/{question.name}?"
    if elsewhere := _elsewhere(snapshot, question):
        return message, f"it is in namespace {elsewhere[0]}: use -n {elsewhere[0]}"
    names: dict[str, str] = {}
    for item in snapshot.kubernetes.all_of(kind):
        namespace = item.value.metadata.namespace or "default"
        if item.value.metadata.name not in names or namespace == question.namespace:
            names[item.value.metadata.name] = namespace
    here = sorted(name for name, namespace in names.items() if namespace == question.namespace)
    near = difflib.get_close_matches(question.name, here, n=1) or difflib.get_close_matches(
        question.name, sorted(names), n=1
    )
    if near:
        where = "" if names[near[0]] == question.namespace else f" in namespace {names[near[0]]}"
        return message, f"did you mean {near[0]}{where}?"
    if here:
        more = f" and {len(here) - 5} more" if len(here) > 5 else ""
        return message, f"this namespace has {', '.join(here[:5])}{more}"
    if snapshot.is_live:
        return message, f"kubectl get {kind.lower()} -n {quote(question.namespace)} lists what is there"
    return message, f"the facts hold this kind in {', '.join(sorted(set(names.values()))) or 'no namespace'}"


def _elsewhere(snapshot: Snapshot, question: PodToAws) -> list[str]:
    """Return the other namespaces that hold an object of this kind and name."""
    found = (item.value.metadata for item in snapshot.kubernetes.all_of(question.target_kind))
    return sorted(
        metadata.namespace or "default"
        for metadata in found
        if metadata.name == question.name and (metadata.namespace or "default") != question.namespace
    )


def _other_kinds(snapshot: Snapshot, question: PodToAws) -> list[str]:
    """Return the kinds of workload that have this name in this namespace, as far as they were read."""
    return [
        kind
        for kind in _WORKLOADS
        if kind != question.target_kind
        and any(
            (item.value.metadata.namespace or "default", item.value.metadata.name)
            == (question.namespace, question.name)
            for item in snapshot.kubernetes.all_of(kind)
        )
    ]


_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Pod")


def _look_around(snapshot: Snapshot, question: PodToAws) -> None:
    """Ask a live reader for what may be meant in place of a workload that is not there."""
    snapshot.kubernetes.want(question.target_kind, question.namespace)
    for kind in _WORKLOADS:
        snapshot.kubernetes.want(kind, question.namespace, question.name)


def recreate_command(walk: Walk) -> str:
    """Return the command that makes the pod anew. A pod that nobody owns is not made again by itself."""
    namespace = quote(walk.namespace)
    owner = next((owner for owner in walk.metadata.owner_references or () if owner.controller), None)
    if owner and owner.kind == "ReplicaSet" and "-" in owner.name:
        return f"kubectl rollout restart deployment {quote(owner.name.rpartition('-')[0])} -n {namespace}"
    if owner and owner.kind in ("DaemonSet", "StatefulSet"):
        return f"kubectl rollout restart {owner.kind.lower()} {quote(owner.name)} -n {namespace}"
    name = quote(walk.metadata.name)
    if owner:
        return f"kubectl delete pod {name} -n {namespace}   # its {owner.kind} makes a new one"
    return f"kubectl get pod {name} -n {namespace} -o yaml | kubectl replace --force -f -   # nobody owns this pod"


def _use_pod(walk: Walk, pod: Located[Pod], note: str) -> LinkResult:
    walk.pod = pod
    walk.metadata = pod.value.metadata
    return _use_spec(walk, pod.value.spec, pod.source.at("spec"), note)


def _use_spec(walk: Walk, spec: PodSpec, source: Source, note: str) -> LinkResult:
    walk.spec, walk.spec_source = spec, source
    find_node(walk)
    walk.account_name = walk.account_name or spec.account
    walk.container = _choose_container(walk, walk.metadata, spec)
    walk.container_source = _container_source(spec, source, walk.container)
    shown = f"pod {walk.metadata.name}" if walk.pod else "its pods"
    container = f", container {walk.container.name}" if walk.container else ""
    prefix = f"{note}: " if note else ""
    evidence = (Finding(source, spec.account, "service account of the pod"),) if not walk.pod else ()
    return ok(f"{prefix}{shown}{container}", *evidence)


def _choose_container(walk: Walk, metadata: Metadata, spec: PodSpec) -> Container | None:
    containers = spec.all_containers
    wanted = walk.question.container
    if wanted:
        everything: tuple[Container, ...] = (*containers, *(spec.ephemeral_containers or ()))
        for container in everything:
            if container.name == wanted:
                return container
        names = ", ".join(container.name for container in everything)
        raise QuestionError(f"{_named(metadata)} has no container {wanted}", f"it has {names}")
    # kubectl's own choice: the annotated default container, else the first. One that the pod itself takes
    # out of the injection is not the one that is asked for, nor is a sidecar that another webhook added later.
    default = metadata.annotation("kubectl.kubernetes.io/default-container")
    mains = spec.containers or []
    named = [container for container in mains if container.name == default]
    injectable = [container for container in mains if webhook.skipped(container, metadata) != "skip-containers"]
    chosen = next(iter(named or injectable or mains), None)
    if chosen is None or not webhook.injected_volume(spec) or not webhook.untouched(chosen):
        return chosen
    return next((container for container in injectable if credentials(container).web_identity), chosen)


def _named(metadata: Metadata) -> str:
    return f"pod {metadata.name}" if metadata.name else "the pod template"


def _container_source(spec: PodSpec, source: Source, chosen: Container | None) -> Source | None:
    for key, containers in (
        ("initContainers", spec.init_containers),
        ("containers", spec.containers),
        ("ephemeralContainers", spec.ephemeral_containers),
    ):
        for index, container in enumerate(containers or ()):
            if container is chosen:
                return source.at(key, index)
    return None
