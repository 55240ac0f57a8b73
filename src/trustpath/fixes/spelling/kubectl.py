"""Changes as commands of kubectl."""

from shlex import quote

import msgspec

from trustpath.model.fix import Change, CreateObject, Operation, PatchMapping, PatchObject, Restart
from trustpath.model.snapshot import Snapshot

_ROLLED_OUT = frozenset({"DaemonSet", "Deployment", "StatefulSet"})
_ANNOTATIONS = ("metadata", "annotations")


def spell(change: Change, after: Snapshot, cluster: str) -> str:
    """Return the command, empty for a change that is not the cluster's."""
    match change:
        case PatchObject():
            return _patch(change)
        case CreateObject(manifest):
            # printf leaves backslashes alone, as echo does not in every shell.
            return f"printf %s {quote(msgspec.json.encode(manifest).decode())} | kubectl apply -f -"
        case PatchMapping(key):
            config = after.kubernetes.known("ConfigMap", "kube-system", "aws-auth")
            data = config.value.data if config is not None else None
            text = msgspec.json.decode(data[key], type=str) if data and key in data else ""
            patch = msgspec.json.encode({"data": {key: text}}).decode()
            return f"kubectl patch configmap aws-auth -n kube-system --type=merge -p {quote(patch)}"
        case Restart("Pod", namespace, name, owned):
            again = "" if owned else "   # nobody makes it again: apply its manifest afterwards"
            return f"kubectl delete pod {quote(name)} -n {quote(namespace)}{again}"
        case Restart(kind, namespace, name) if kind in _ROLLED_OUT:
            return f"kubectl rollout restart {kind.lower()} {quote(name)} -n {quote(namespace)}"
        case Restart("CronJob"):
            return ""  # its next job has new pods
        case Restart(kind, namespace, name) if selector := after.kubernetes.selector_of(kind, namespace, name):
            return f"kubectl delete pods -n {quote(namespace)} -l {quote(selector)}"
        case _:
            return ""


def _patch(change: PatchObject) -> str:
    where = f" -n {quote(change.namespace)}" if change.namespace else ""
    target = f"{change.kind.lower()} {quote(change.name)}{where}"
    if all(operation.path[:2] == _ANNOTATIONS for operation in change.operations):
        words = [word for operation in change.operations for word in _annotation(operation)]
        return f"kubectl annotate {target} --overwrite {' '.join(words)}"
    patch = [
        {"op": item.op, "path": pointer(item.path)} | ({} if item.op == "remove" else {"value": item.value})
        for item in change.operations
    ]
    return f"kubectl patch {target} --type=json -p {quote(msgspec.json.encode(patch).decode())}"


def _annotation(operation: Operation) -> list[str]:
    if len(operation.path) == 2:
        return []  # the map itself: kubectl makes it
    key = str(operation.path[2])
    return [quote(f"{key}-")] if operation.op == "remove" else [quote(f"{key}={operation.value}")]


def pointer(path: tuple[str | int, ...]) -> str:
    """Return keys as a JSON Pointer (RFC 6901)."""
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in path)
