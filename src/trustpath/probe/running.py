"""Runs the test pod and takes it away again, whatever happens."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Struct, field

from trustpath.facts.live.deadline import Deadline, ExpiredError
from trustpath.facts.live.kubernetes_api import ApiError, KubernetesApi
from trustpath.facts.live.reviews import may_i
from trustpath.facts.logs import redact_line
from trustpath.model.probe import Observed, Output
from trustpath.model.question import AskedRequest
from trustpath.probe.manifest import OWNER, OWNER_LABEL

RIGHTS = (
    ("create", "pods", ""),
    ("get", "pods", ""),
    ("get", "pods", "log"),
    ("delete", "pods", ""),
)
_PAUSE = 1.0
_PATIENCE = 20.0
"""How long a pod that cannot be scheduled, or whose image is not there, is waited for, in seconds."""
_MOST_BYTES = 64 * 1024
_NO_IMAGE = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"})
_NO_START = frozenset({"CreateContainerConfigError", "CreateContainerError", "RunContainerError"})


class _Waiting(Struct):
    reason: str = ""
    message: str = ""


class _Terminated(Struct, rename="camel"):
    exit_code: int = 0
    reason: str = ""
    message: str = ""


class _State(Struct):
    waiting: _Waiting | None = None
    terminated: _Terminated | None = None


class _Container(Struct):
    name: str = ""
    state: _State = field(default_factory=_State)


class _Condition(Struct):
    type: str = ""
    status: str = ""
    reason: str = ""
    message: str = ""


class _Status(Struct, rename="camel"):
    phase: str = ""
    reason: str = ""
    message: str = ""
    conditions: list[_Condition] = field(default_factory=list)
    container_statuses: list[_Container] = field(default_factory=list)


class _Pod(Struct):
    status: _Status = field(default_factory=_Status)


class _Named(Struct):
    name: str = ""
    namespace: str = ""


class _Item(Struct):
    metadata: _Named = field(default_factory=_Named)


class _List(Struct):
    items: list[_Item] | None = None


def missing_rights(api: KubernetesApi, namespace: str) -> list[str]:
    """Return what the caller may not do and the probe needs, in words. Raises ApiError."""
    lacking = []
    for verb, resource, subresource in RIGHTS:
        if not may_i(api, AskedRequest(verb, "", resource, subresource, namespace)).allowed:
            lacking.append(f"{verb} {resource}{'/' + subresource if subresource else ''} in {namespace}")
    return lacking


def run(
    api: KubernetesApi, pod: dict[str, Any], deadline: Deadline, say: Callable[[str], None]
) -> tuple[Observed, str]:
    """Create the pod, wait for its end, read what it printed, and delete it. Return that, and what was left behind.

    The pod is deleted on every way out, also when the user interrupts.
    """
    namespace, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
    # Also where the answer to the request is lost, or the user interrupts it, the pod may have been made.
    with _taken_away(api, namespace, name) as left:
        observed = _create_and_watch(api, pod, deadline, say)
    return observed, left[0] if left and observed.ending != "not-created" else ""


def _create_and_watch(
    api: KubernetesApi, pod: dict[str, Any], deadline: Deadline, say: Callable[[str], None]
) -> Observed:
    try:
        api.request("POST", f"api/v1/namespaces/{quote(pod['metadata']['namespace'])}/pods", body=pod)
    except ApiError as error:
        return Observed("not-created", error.said)
    return _watch(api, pod, deadline, say)


@contextmanager
def _taken_away(api: KubernetesApi, namespace: str, name: str) -> Iterator[list[str]]:
    """Delete a pod when the block ends; the list holds the command that does it by hand where that failed."""
    left: list[str] = []
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield left
    finally:
        signal.signal(signal.SIGTERM, before)
        try:
            delete(api, namespace, name)
        except ApiError as error:
            left.append(f"kubectl delete pod {name} -n {namespace}   # {error.said}")


def _interrupt(number: int, frame: object) -> None:
    """End as Ctrl-C ends: what is to be tidied up is tidied up."""
    raise KeyboardInterrupt


def delete(api: KubernetesApi, namespace: str, name: str) -> None:
    """Delete a pod at once; one that is gone already is no error. Raises ApiError."""
    path = f"api/v1/namespaces/{quote(namespace)}/pods/{quote(name)}?gracePeriodSeconds=0"
    try:
        api.with_more_time().request("DELETE", path)
    except ApiError as error:
        if error.kind != "absent":
            raise


def clean(api: KubernetesApi, namespace: str) -> list[str]:
    """Delete every test pod of a namespace, or of all where it is empty, and return their names. Raises ApiError."""
    where = f"namespaces/{quote(namespace)}/" if namespace else ""
    answer = api.request("GET", f"api/v1/{where}pods", {"labelSelector": f"{OWNER_LABEL}={OWNER}"})
    found = [item.metadata for item in msgspec.json.decode(answer, type=_List).items or ()]
    for item in found:
        delete(api, item.namespace, item.name)
    return [f"{item.namespace}/{item.name}" for item in found]


def _watch(api: KubernetesApi, pod: dict[str, Any], deadline: Deadline, say: Callable[[str], None]) -> Observed:
    namespace, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
    path = f"api/v1/namespaces/{quote(namespace)}/pods/{quote(name)}"
    stuck_since = 0.0
    said = "the pod did not start"
    while True:
        try:
            status = msgspec.json.decode(api.request("GET", path), type=_Pod).status
        except ApiError as error:
            return Observed("timeout" if not deadline.left else "refused", error.said)
        if status.phase in ("Succeeded", "Failed") and (status.container_statuses or status.reason):
            return _printed(api, pod, path, status)
        stuck = _stuck(status)
        said = stuck.said if stuck else f"the pod is {status.phase or 'not started'}"
        say(said)
        if stuck is None:
            stuck_since = 0.0
        else:
            stuck_since = stuck_since or time.monotonic()
            if time.monotonic() - stuck_since > min(_PATIENCE, deadline.seconds / 3):
                return stuck
        try:
            deadline.sleep(_PAUSE)
        except ExpiredError:
            return stuck or Observed("timeout", f"{said} after {deadline.seconds:g} s")


def _stuck(status: _Status) -> Observed | None:
    """Return why a pod does not go on, None where it may."""
    for condition in status.conditions:
        if condition.type == "PodScheduled" and condition.status == "False":
            return Observed("unschedulable", _line(f"{condition.reason}: {condition.message}"))
    for container in status.container_statuses:
        waiting = container.state.waiting
        if waiting is not None and waiting.reason in _NO_IMAGE:
            return Observed("image", _line(f"{waiting.reason}: {waiting.message}"))
        if waiting is not None and waiting.reason in _NO_START:
            return Observed("timeout", _line(f"{waiting.reason}: {waiting.message}"))
    return None


def _printed(api: KubernetesApi, pod: dict[str, Any], path: str, status: _Status) -> Observed:
    ended = {item.name: item.state.terminated for item in status.container_statuses}
    outputs: list[Output] = []
    for container in pod["spec"]["containers"]:
        name = container["name"]
        command = " ".join(["aws", *container["args"]])
        end = ended.get(name)
        code = end.exit_code if end else None
        try:
            text = api.request("GET", f"{path}/log", {"container": name, "limitBytes": str(_MOST_BYTES)})
        except ApiError as error:
            return Observed("refused", f"its output cannot be read: {error.said}", tuple(outputs))
        lines = (redact_line(line) for line in text.decode(errors="replace").splitlines())
        outputs.append(Output(command, code, "\n".join(lines).strip()))
    reason = f"{status.reason}: {status.message}" if status.reason else ""
    return Observed("ran", _line(reason), tuple(outputs))


def _line(text: str) -> str:
    return redact_line(" ".join(text.split()).strip(": "))[:500]
