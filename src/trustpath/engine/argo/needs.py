"""What the steps of a workflow need of the API server, by its templates and Argo's version (4.2, 4.3)."""

from collections.abc import Callable, Iterator

from msgspec import Struct

from trustpath.engine.argo.rights import ARTIFACT_GC_RIGHTS, TASK_RESULTS, Right, agent_rights, executor_rights
from trustpath.model.api_resources import ApiResource
from trustpath.model.argo import Version
from trustpath.model.argo_workflows import ResourceTemplate, Template, WorkflowSpec

_ACTIONS = {
    "apply": ("create", "get", "patch"),
    "create": ("create",),
    "delete": ("delete", "get"),
    "get": ("get",),
    "patch": ("get", "patch"),
    "replace": ("get", "update"),
}
"""The verbs behind the actions of resource templates: what kubectl does for each."""


class AccountNeeds(Struct, frozen=True):
    """What one account needs: rights by namespace, empty for the workflow's own, and `*` for the whole cluster.

    ``token``: a stored token of it has to be there as well.
    """

    account: str
    rights: tuple[tuple[str, Right], ...]
    token: bool = False


CLUSTER = "*"


class UnknownKindError(Exception):
    """A resource template is about a kind of which nobody knows the plural."""

    def __init__(self, template: str, kind: str, api_version: str) -> None:
        super().__init__(kind)
        self.template = template
        self.kind = kind
        self.api_version = api_version


Discover = Callable[[str, str], ApiResource | None]
"""Returns the resource of a kind and an API version, None where the cluster has none that is known."""


def account_of(spec: WorkflowSpec, template: Template, defaults: WorkflowSpec) -> str:
    """Return the account of a template's pods (4.1)."""
    of_all = spec.template_defaults.service_account_name if spec.template_defaults else None
    own = template.service_account_name or of_all or spec.service_account_name
    return own or defaults.service_account_name or "default"


def needs_of(
    spec: WorkflowSpec, defaults: WorkflowSpec, version: Version | None, discover: Discover
) -> tuple[AccountNeeds, ...]:
    """Return what each account of a workflow needs. Raises UnknownKindError.

    Of what the containers themselves ask nothing stands in a workflow.
    """
    rights: dict[str, list[tuple[str, Right]]] = {}
    tokens: set[str] = set()
    main = account_of(spec, Template(), defaults)
    for template in spec.templates or ():
        account = account_of(spec, template, defaults)
        executor = template.executor or spec.executor or defaults.executor
        writer = (executor.service_account_name if executor else None) or account
        if writer != account:
            tokens.add(writer)
        if template.makes_pod:
            rights.setdefault(writer, []).extend(("", right) for right in _executor(version))
        if template.uses_agent:
            tokens.add(main)
            rights.setdefault(main, []).extend(("", right) for right in agent_rights(version))
        if template.resource is not None:
            rights.setdefault(account, []).extend(_resource(template, template.resource, discover))
    if not spec.templates:
        rights.setdefault(main, []).extend(("", right) for right in _executor(version))
    for collector in _collectors(spec):
        rights.setdefault(collector, []).extend(("", right) for right in ARTIFACT_GC_RIGHTS)
    return tuple(
        AccountNeeds(account, tuple(dict.fromkeys(found)), account in tokens) for account, found in rights.items()
    )


def _executor(version: Version | None) -> tuple[Right, ...]:
    """Return the least of what does: from 3.3 on results alone, before that the pod of the emissary executor."""
    if version is None or version >= TASK_RESULTS:
        return executor_rights(None)
    return (Right("", "pods", ("get", "patch"), "the outputs of a step"),)


def _collectors(spec: WorkflowSpec) -> Iterator[str]:
    """Yield the accounts that delete artifacts: `default`, where none is named (4.1)."""
    whole = spec.artifact_gc
    if whole is not None and whole.strategy not in ("", "Never"):
        yield whole.service_account_name or "default"
    for template in spec.templates or ():
        for artifact in (template.outputs.artifacts if template.outputs else None) or ():
            own = artifact.artifact_gc
            if own is not None and own.strategy not in ("", "Never"):
                of_all = whole.service_account_name if whole is not None else None
                yield own.service_account_name or of_all or "default"


def _resource(template: Template, resource: ResourceTemplate, discover: Discover) -> Iterator[tuple[str, Right]]:
    if not resource.kind:
        return
    found = discover(resource.kind, resource.api_version)
    if found is None:
        raise UnknownKindError(template.name, resource.kind, resource.api_version)
    verbs = set(_ACTIONS.get(resource.action, ("get",)))
    if resource.success_condition or resource.failure_condition:
        verbs |= {"get", "watch"}
    if resource.by_flags:
        verbs.add("list")
    where = CLUSTER if not found.namespaced else resource.object_namespace
    why = f"template {template.name} {resource.action}s it" if resource.action else f"template {template.name}"
    yield where, Right(found.group, found.name, tuple(sorted(verbs)), why)
