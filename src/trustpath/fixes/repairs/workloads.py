"""The workload behind a pod, and changes to its template and its service account."""

from trustpath.engine import webhook
from trustpath.model.fact import Known
from trustpath.model.fix import Change, CreateObject, Operation, PatchObject, Restart
from trustpath.model.kubernetes import TEMPLATED, Metadata
from trustpath.model.snapshot import Snapshot
from trustpath.paths.pod_to_aws.walk import Walk

_MUTABLE = frozenset({"CronJob", "DaemonSet", "Deployment", "StatefulSet"})
"""The kinds whose template may be changed: that of a Job is fixed, and that of a ReplicaSet makes no new pods."""
Workload = tuple[str, str]
"""Kind and name."""


def owner(walk: Walk) -> Workload | None:
    """Return what people wrote to get the pod, None where that was not read, or nobody owns the pod."""
    question = walk.question
    if question.target_kind not in ("Pod", "ServiceAccount"):
        return question.target_kind, question.name
    if walk.pod is None:
        return None
    found = _above(walk.snapshot, walk.namespace, walk.metadata)
    return found if found is not None and found[0] in TEMPLATED else None


def _above(snapshot: Snapshot, namespace: str, metadata: Metadata) -> Workload | None:
    """Return the uppermost owner that was read."""
    for reference in metadata.owner_references or ():
        found = snapshot.kubernetes.known(reference.kind, namespace, reference.name)
        if found is not None and not found.value.metadata.owner_references:
            return reference.kind, reference.name
        if found is not None:
            return _above(snapshot, namespace, found.value.metadata)  # who is above writes what is below
        if reference.kind == "ReplicaSet" and (hash_ := (metadata.labels or {}).get("pod-template-hash")):
            name = reference.name.removesuffix(f"-{hash_}")
            if name != reference.name and snapshot.kubernetes.known("Deployment", namespace, name) is not None:
                return "Deployment", name
    return None


def restarts(walk: Walk) -> tuple[Change, ...]:
    """Return the restart of the pod's workload, none where there is no pod yet."""
    if walk.pod is None:
        return ()
    found = owner(walk)
    if found:
        return (Restart(found[0], walk.namespace, found[1]),)
    return (Restart("Pod", walk.namespace, walk.metadata.name, owned=bool(walk.metadata.owner_references)),)


def patched_template(walk: Walk, *path: str, value: object) -> tuple[Change, ...]:
    """Return how a field of the pod's template is set, and its pods made anew; none where the template was not read."""
    found = owner(walk)
    if found is None:
        return ()
    kind, name = found
    if kind not in _MUTABLE:
        return ()
    located = walk.snapshot.kubernetes.known(kind, walk.namespace, name)
    if located is None or located.value.template is None:
        return ()
    above = ("spec", "jobTemplate", "spec") if kind == "CronJob" else ("spec",)
    here = (*above, "template", "spec", *path[:-1])
    operations: list[Operation] = []
    if len(path) > 1 and getattr(located.value.template.spec, "security_context", None) is None:
        operations.append(Operation("add", here, {}))
    operations.append(Operation("add", (*here, path[-1]), value))
    return (PatchObject(kind, walk.namespace, name, tuple(operations)), *_restart_of(walk, kind, name))


def _restart_of(walk: Walk, kind: str, name: str) -> tuple[Change, ...]:
    return (Restart(kind, walk.namespace, name),) if walk.pod is not None else ()


def annotated_account(walk: Walk, role: str, *, instead_of: tuple[str, ...] = ()) -> Change:
    """Return how the pod's service account comes to name a role, in place of keys that nobody reads."""
    return annotated(walk, webhook.ROLE_ANNOTATION, role, instead_of=instead_of)


def annotated(walk: Walk, key: str, value: str, *, instead_of: tuple[str, ...] = ()) -> Change:
    """Return how the pod's service account gets an annotation."""
    fact = walk.snapshot.kubernetes.service_account(walk.namespace, walk.account_name)
    metadata: dict[str, object] = {"name": walk.account_name, "namespace": walk.namespace}
    if not isinstance(fact, Known):
        return CreateObject(
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {**metadata, "annotations": {key: value}}}
        )
    here = ("metadata", "annotations")
    start = () if fact.value.value.metadata.annotations is not None else (Operation("add", here, {}),)
    gone = tuple(Operation("remove", (*here, wrong)) for wrong in instead_of)
    operations = (*start, *gone, Operation("add", (*here, key), value))
    return PatchObject("ServiceAccount", walk.namespace, walk.account_name, operations)
