"""Which rights the parts of Argo Workflows need towards the API server, by version and feature (3.1 to 4.3)."""

from collections.abc import Iterator
from itertools import product

from msgspec import Struct

from trustpath.engine.rbac.request import ResourceRequest
from trustpath.model.argo import GROUP, Version

OLDEST = (3, 0, 0)
"""A version that stands for all that came before task results."""
TASK_RESULTS = (3, 3, 0)
"""From which version on executors write WorkflowTaskResults (4.2)."""
ONLY_TASK_RESULTS = (3, 4, 0)
"""From which version on they need no right on pods (4.2)."""
AGENT_WRITES_STATUS = (3, 3, 0)
"""From which version on the agent patches the status of task sets (4.3)."""
ARTIFACT_GC = (3, 4, 0)
_ALL = ("create", "delete", "get", "list", "patch", "update", "watch")
_READ = ("get", "list", "watch")


class Right(Struct, frozen=True, order=True):
    """Verbs on a resource, `pods/log` with its subresource, of some names alone where there are any.

    ``why`` is the end of the sentence "it needs this for".
    """

    group: str
    resource: str
    verbs: tuple[str, ...]
    why: str = ""
    names: tuple[str, ...] = ()

    @property
    def is_of_namespace(self) -> bool:
        """Return whether it counts in a namespace as well: a Role cannot grant what has none."""
        return self.resource not in ("clusterworkflowtemplates", "namespaces")

    def requests(self, namespace: str) -> Iterator[ResourceRequest]:
        """Yield every request that it stands for, in a namespace or with none in the whole cluster."""
        base, _, sub = self.resource.partition("/")
        for verb, name in product(self.verbs, self.names or ("",)):
            yield ResourceRequest(verb, self.group, base, sub, namespace, name)

    def covers(self, request: ResourceRequest) -> bool:
        """Return whether a request is one that this right is for."""
        return (
            (self.group, self.resource) == (request.group, request.combined)
            and request.verb in self.verbs
            and (not self.names or request.name in self.names)
        )


def executor_rights(version: Version | None) -> tuple[Right, ...]:
    """Return what the service account of every workflow pod needs (4.2); without a version that of today."""
    if version is None or version >= ONLY_TASK_RESULTS:
        return (Right(GROUP, "workflowtaskresults", ("create", "patch"), "the result of each step"),)
    if version >= TASK_RESULTS:
        return (
            Right(GROUP, "workflowtaskresults", ("create", "patch"), "the result of each step"),
            Right("", "pods", ("get", "patch"), "the outputs of a step, where results cannot be written"),
        )
    return (
        Right("", "pods", ("get", "patch", "watch"), "the outputs of a step"),
        Right("", "pods/log", ("get", "watch"), "the log of a step as its output"),
    )


def agent_rights(version: Version | None) -> tuple[Right, ...]:
    """Return what a workflow with HTTP or plugin templates needs besides (4.3)."""
    patched = "workflowtasksets/status" if version is None or version >= AGENT_WRITES_STATUS else "workflowtasksets"
    return (
        Right(GROUP, "workflowtasksets", ("list", "watch"), "the tasks of the agent"),
        Right(GROUP, patched, ("patch",), "what the agent's tasks gave"),
    )


ARTIFACT_GC_RIGHTS = (
    Right(GROUP, "workflowartifactgctasks", ("list", "watch"), "which artifacts to delete"),
    Right(GROUP, "workflowartifactgctasks/status", ("patch",), "which artifacts are deleted"),
)
"""What the service account of artifact garbage collection needs (4.3)."""

_MADE_BY_STEPS = (
    *executor_rights((3, 2, 0)),
    *executor_rights(None),
    *agent_rights((3, 2, 0)),
    *agent_rights(None),
    *ARTIFACT_GC_RIGHTS,
)


def is_of_step(request: ResourceRequest) -> bool:
    """Return whether a request is one that a step's executor, an agent or an artifact collector makes."""
    return any(right.covers(request) for right in _MADE_BY_STEPS)


def is_of_step_alone(request: ResourceRequest) -> bool:
    """Return whether nothing but a step makes such a request: neither server nor controller writes task results."""
    return request.group == GROUP and request.combined == "workflowtaskresults" and request.verb in ("create", "patch")


MEMOIZATION = Right("", "configmaps", ("create", "update"), "the cache of memoized steps")
"""What the controller needs for memoization, and for very large environments (4.3)."""


def controller_rights(version: Version | None) -> tuple[Right, ...]:
    """Return what the controller of a version needs (3.1)."""
    later = version or (99, 0, 0)
    found = [
        Right("", "pods", _ALL, "the pods of steps"),
        Right("", "pods/exec", ("create",), "signals to containers"),
        Right("", "configmaps", _READ, "its settings, semaphores and caches"),
        Right("", "persistentvolumeclaims", ("create", "delete", "get", "update"), "volume claim templates"),
        Right("", "persistentvolumeclaims/finalizers", ("update",), "volume claim templates"),
        Right("", "secrets", ("get",), "pull secrets of images without a command, and credentials of artifacts"),
        Right("", "serviceaccounts", ("get", "list"), "the accounts of workflows"),
        Right("", "events", ("create", "patch"), "events"),
        Right("policy", "poddisruptionbudgets", ("create", "delete", "get"), "pod disruption budgets"),
        Right("coordination.k8s.io", "leases", ("create", "get", "update"), "leader election"),
        Right(GROUP, "workflows", _ALL, "workflows"),
        Right(GROUP, "workflows/finalizers", ("update",), "workflows"),
        Right(GROUP, "workflowtemplates", _READ, "templates"),
        Right(GROUP, "clusterworkflowtemplates", _READ, "templates"),
        Right(GROUP, "cronworkflows", ("delete", "get", "list", "patch", "update", "watch"), "cron workflows"),
        Right(GROUP, "cronworkflows/finalizers", ("update",), "cron workflows"),
    ]
    if later >= (3, 1, 0):
        found.append(Right(GROUP, "workflowtasksets", _ALL, "the agent's tasks"))
        found.append(Right(GROUP, "workflowtasksets/status", ("patch", "update"), "the agent's tasks"))
        found.append(Right(GROUP, "workflowtasksets/finalizers", ("update",), "the agent's tasks"))
    if later >= TASK_RESULTS:
        verbs = ("deletecollection", "list", "watch")
        found.append(Right(GROUP, "workflowtaskresults", verbs, "the results of steps"))
    if later >= ARTIFACT_GC:
        found.append(Right(GROUP, "workflowartifactgctasks", _ALL, "artifact garbage collection"))
        names = ("argo-workflows-agent-ca-certificates",)
        found.append(Right("", "secrets", ("get",), "certificates of agents", names))
    if later >= (3, 6, 0):
        found.append(Right("", "namespaces", _READ, "parallelism by namespace"))
    return tuple(found)


_NEEDED = {"workflows", "pods", "configmaps", "workflowtemplates", "cronworkflows", "workflowtaskresults", "events"}
_NEEDED_LATER = {"workflowtasksets", "workflowartifactgctasks"}


def needed_by_controller(version: Version | None) -> tuple[Right, ...]:
    """Return the rights without which the controller of a version does not do its work, whatever is used of it."""
    names = _NEEDED | (_NEEDED_LATER if version is None or version >= ARTIFACT_GC else set())
    return tuple(right for right in controller_rights(version) if right.resource in names)


def server_rights(version: Version | None, *, sso: bool, sso_rbac: bool) -> tuple[Right, ...]:
    """Return what the server does as itself: all that a user asks for in server mode, and in sso mode without rules."""
    found = [
        Right("", "configmaps", ("create", "get", "list", "update", "watch"), "its settings and semaphores"),
        Right("", "pods", ("delete", "get", "list", "watch"), "the pods of workflows"),
        Right("", "pods/log", ("delete", "get", "list", "watch"), "the logs of steps"),
        Right("", "events", ("create", "list", "patch", "watch"), "events"),
        Right(GROUP, "workflows", _ALL, "workflows"),
        Right(GROUP, "workfloweventbindings", _ALL, "events that submit workflows"),
        Right(GROUP, "workflowtemplates", _ALL, "templates"),
        Right(GROUP, "clusterworkflowtemplates", _ALL, "templates"),
        Right(GROUP, "cronworkflows", _ALL, "cron workflows"),
        Right(GROUP, "eventsources", _ALL, "event sources"),
        Right(GROUP, "sensors", _ALL, "sensors"),
        Right("", "secrets", ("create", "get"), "session keys, tokens of accounts and artifacts' credentials"),
    ]
    if sso and sso_rbac:
        found.append(Right("", "serviceaccounts", _READ, "the accounts that SSO rules choose"))
    if version is None or version >= (3, 6, 0):
        found.append(Right(GROUP, "workflowtaskresults", ("list",), "the results of steps"))
    return tuple(found)
