"""What a request has to do with Argo Workflows: which of its parts makes it, or which workflow's step."""

from collections.abc import Iterator

from trustpath.engine.argo.rights import (
    ARTIFACT_GC_RIGHTS,
    MEMOIZATION,
    agent_rights,
    executor_rights,
    is_of_step,
    is_of_step_alone,
)
from trustpath.engine.rbac.request import ResourceRequest
from trustpath.model.argo import (
    GROUP,
    WORKFLOW_LABEL,
    Component,
    Installation,
    Version,
    components,
    installations,
    version_of,
    written_workflows,
)
from trustpath.model.kubernetes import PodSpec
from trustpath.paths.kubernetes_request.walk import Walk
from trustpath.paths.links import Finding

_SLIPS = ("api-group", "resource-names", "resource-spelling", "resource-syntax", "subresource-spelling")


def components_of(walk: Walk) -> tuple[Component, ...]:
    """Return Argo's server, controller or user interface where it is the one that asks."""
    if walk.account is None or not isinstance(walk.request, ResourceRequest):
        return ()
    namespace, name = walk.account
    if _is_worth_a_call(walk):
        walk.snapshot.kubernetes.want("Deployment", namespace)
    return tuple(part for part in components(walk.snapshot) if (part.namespace, part.account) == (namespace, name))


def _is_worth_a_call(walk: Walk) -> bool:
    """Return whether a live reader is to look for Argo: not for every account that is denied something."""
    of_argo = isinstance(walk.request, ResourceRequest) and walk.request.group == GROUP
    return of_argo or "argo" in "/".join(walk.account or ())


def installation_of(walk: Walk, part: Component) -> Installation | None:
    """Return the installation that a component belongs to."""
    return next((item for item in installations(walk.snapshot) if part in item.components), None)


def steps_of(walk: Walk, namespace: str, account: str) -> Iterator[Finding]:
    """Yield what shows that steps of workflows run as an account: workflows that name it, and their pods."""
    if _is_worth_a_call(walk):
        walk.snapshot.kubernetes.want("Workflow", namespace)
        walk.snapshot.kubernetes.want_selected("Pod", namespace, labels=WORKFLOW_LABEL)
    for workflow in written_workflows(walk.snapshot):
        if workflow.namespace not in ("", namespace):
            continue
        for name, place in workflow.accounts:
            if name == account:
                yield Finding(place, name, f"{workflow.shown} runs as {account}")
    for pod in walk.snapshot.kubernetes.pods_running_as(namespace, account):
        if _is_step(pod.value.spec, pod.value.metadata.labels or {}):
            spec = pod.value.spec
            field = "serviceAccountName" if spec.service_account_name else "serviceAccount"
            place = pod.source.at("spec", field) if spec.account != "default" else pod.source.at("metadata", "name")
            shown = account if spec.account != "default" else pod.value.metadata.name
            yield Finding(place, shown, f"pod {pod.value.metadata.name} is a step of a workflow")


def _is_step(spec: PodSpec, labels: dict[str, str]) -> bool:
    return WORKFLOW_LABEL in labels or any("argoexec" in (item.image or "") for item in spec.all_containers)


def version_for(walk: Walk, namespace: str) -> Version | None:
    """Return the version of the Argo that runs the workflows of a namespace: its controller's, else of executors."""
    found = {
        item.version for item in installations(walk.snapshot) if item.version is not None and item.watches(namespace)
    }
    if not found:
        found = {
            version
            for pod in walk.snapshot.kubernetes.all_of("Pod")
            if (pod.value.metadata.namespace or "default") == namespace
            for container in pod.value.spec.all_containers
            if "argoexec" in (container.image or "") and (version := version_of(container.image or "")) is not None
        }
    return found.pop() if len(found) == 1 else None


def is_step(walk: Walk) -> bool:
    """Return whether the request is one that a step makes, and the account one that steps run as."""
    request = walk.request
    if walk.account is None or not isinstance(request, ResourceRequest) or not is_of_step(request):
        return False
    return request.group == GROUP or any(steps_of(walk, *walk.account))


def lent_by(walk: Walk) -> Component | None:
    """Return the component whose account a step runs as: it asks for what steps do and the component does not."""
    request = walk.request
    if walk.account is None or not isinstance(request, ResourceRequest) or not is_of_step(request):
        return None
    parts = components_of(walk)
    shown = parts and (is_of_step_alone(request) or any(steps_of(walk, *walk.account)))
    return parts[0] if shown else None


def verbs_together(walk: Walk) -> tuple[str, ...]:
    """Return the verbs that go with what is asked for: an executor creates a result, then it patches it."""
    request = walk.request
    if walk.account is None or not isinstance(request, ResourceRequest):
        return ()
    if MEMOIZATION.covers(request) and any(part.kind == "controller" for part in components_of(walk)):
        return MEMOIZATION.verbs
    if not is_step(walk):
        return ()
    version = version_for(walk, walk.account[0])
    rights = (*executor_rights(version), *executor_rights(None), *agent_rights(version), *ARTIFACT_GC_RIGHTS)
    return next((right.verbs for right in rights if right.covers(request)), ())


def others_with_it(walk: Walk) -> tuple[tuple[str, str], ...]:
    """Return the service accounts besides the asking one that may do what is asked for, by bindings of their own."""
    request = walk.request
    if walk.account is None or not isinstance(request, ResourceRequest):
        return ()
    found: dict[tuple[str, str], None] = {}
    authorizer = walk.rbac.authorizer
    for where in dict.fromkeys(("", request.namespace)):
        for key, grants in authorizer.grants_by_role(where).items():
            role = authorizer.rules_of(key)
            if role is None or role.match(request) is None:
                continue
            for grant in grants:
                if grant.subject.kind == "ServiceAccount":
                    found[grant.subject.namespace or grant.namespace, grant.subject.name] = None
    found.pop(walk.account, None)
    return tuple(found)


def is_of_controller_alone(request: ResourceRequest) -> bool:
    """Return whether the controller does this for a step, so that the step's own account does not need it (4.3)."""
    return MEMOIZATION.covers(request)


def is_spelled_or_nearly(walk: Walk) -> bool:
    """Return whether a rule was meant for just this and is written wrongly: then that is the cause."""
    return any(miss.part in _SLIPS for miss in walk.rule_misses) or bool(walk.denied and walk.denied.missing)
