"""The first link: the workload is there, and one of its pods stands for it."""

import difflib

from trustpath.errors import QuestionError
from trustpath.model.fact import Absent, Known, NotCollected
from trustpath.model.kubernetes import Container, Pod, PodSpec
from trustpath.model.question import PodToAws
from trustpath.model.snapshot import Located, Snapshot
from trustpath.model.source import Source
from trustpath.model.trace import Need
from trustpath.paths.links import Finding, LinkResult, ok, unknown
from trustpath.paths.pod_to_aws.walk import Walk


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    question = walk.question
    if question.target_kind == "ServiceAccount":
        walk.account_name = question.name
        pods = walk.snapshot.pods_running_as(question.namespace, question.name)
        if not pods:
            if isinstance(walk.snapshot.service_account(question.namespace, question.name), Absent):
                raise QuestionError(*_suggest(walk.snapshot, question))
            return ok("no pod runs as this service account in these facts: a new pod is assumed")
        return _use_pod(walk, _newest(pods), f"one of {len(pods)} pods that run as it" if len(pods) > 1 else "")
    found = walk.snapshot.object(question.target_kind, question.namespace, question.name)
    match found:
        case Known(located):
            pass
        case Absent() if walk.snapshot.all_of(question.target_kind):
            raise QuestionError(*_suggest(walk.snapshot, question))
        case Absent():
            kind = question.target_kind.lower()
            command = f"kubectl get {kind} {question.name} -n {question.namespace} -o yaml"
            return unknown("it is not in these facts", NotCollected(f"the {kind}", command))
        case missing:
            if _elsewhere(walk.snapshot, question):
                raise QuestionError(*_suggest(walk.snapshot, question))
            return unknown("it was not read", missing)
    if question.target_kind == "Pod":
        return _use_pod(walk, located, "")
    pods = walk.snapshot.pods_of(question.target_kind, question.namespace, question.name)
    if pods:
        note = f"newest of its {len(pods)} pods" if len(pods) > 1 else ""
        return _use_pod(walk, _newest(pods), note)
    template = located.value.template
    if template is None:
        return unknown("it has no pod and no pod template", Need("one of its pods", "kubectl get pods -o yaml"))
    path = ("spec", "jobTemplate", "spec") if question.target_kind == "CronJob" else ("spec",)
    walk.metadata = template.metadata
    return _use_spec(
        walk,
        template.spec,
        located.source.at(*path, "template", "spec"),
        "no pod of it exists: its template is used",
    )


def _newest(pods: tuple[Located[Pod], ...]) -> Located[Pod]:
    return max(pods, key=lambda pod: pod.value.metadata.creation_timestamp or "")


def _elsewhere(snapshot: Snapshot, question: PodToAws) -> list[str]:
    """Return the other namespaces that hold an object of this kind and name."""
    found = (item.value.metadata for item in snapshot.all_of(question.target_kind))
    return sorted(
        metadata.namespace or "default"
        for metadata in found
        if metadata.name == question.name and (metadata.namespace or "default") != question.namespace
    )


def _suggest(snapshot: Snapshot, question: PodToAws) -> tuple[str, str]:
    kind = question.target_kind
    message = f"no {kind} {question.name} in namespace {question.namespace} in these facts"
    elsewhere = _elsewhere(snapshot, question)
    if elsewhere:
        return message, f"it is in namespace {elsewhere[0]}: use -n {elsewhere[0]}"
    known = [(item.value.metadata.namespace or "default", item.value.metadata.name) for item in snapshot.all_of(kind)]
    near = difflib.get_close_matches(question.name, sorted({name for _, name in known}), n=1, cutoff=0.6)
    if near:
        namespace = next(namespace for namespace, name in known if name == near[0])
        return message, f"did you mean {near[0]} in namespace {namespace}?"
    return message, f"the facts hold {len(known)} of this kind in other places"


def _use_pod(walk: Walk, pod: Located[Pod], note: str) -> LinkResult:
    walk.pod = pod
    walk.metadata = pod.value.metadata
    return _use_spec(walk, pod.value.spec, pod.source.at("spec"), note)


def _use_spec(walk: Walk, spec: PodSpec, source: Source, note: str) -> LinkResult:
    walk.spec, walk.spec_source = spec, source
    walk.account_name = walk.account_name or spec.account
    walk.container = _choose_container(walk, spec)
    walk.container_source = _container_source(spec, source, walk.container)
    shown = f"pod {walk.metadata.name}" if walk.pod else "its pods"
    container = f", container {walk.container.name}" if walk.container else ""
    prefix = f"{note}: " if note else ""
    evidence = (Finding(source, spec.account, "service account of the pod"),) if not walk.pod else ()
    return ok(f"{prefix}{shown}{container}", *evidence)


def _choose_container(walk: Walk, spec: PodSpec) -> Container | None:
    containers = spec.all_containers
    wanted = walk.question.container
    if wanted:
        for container in containers:
            if container.name == wanted:
                return container
        names = ", ".join(container.name for container in containers)
        raise QuestionError(f"pod {walk.metadata.name} has no container {wanted}", f"it has {names}")
    # kubectl's own choice: the annotated default container, else the first.
    default = walk.metadata.annotation("kubectl.kubernetes.io/default-container")
    named = [container for container in spec.containers or () if container.name == default]
    return next(iter(named or spec.containers or ()), None)


def _container_source(spec: PodSpec, source: Source, chosen: Container | None) -> Source | None:
    for key, containers in (("initContainers", spec.init_containers), ("containers", spec.containers)):
        for index, container in enumerate(containers or ()):
            if container is chosen:
                return source.at(key, index)
    return None
