"""What the steps of a workflow need of the API server, by its templates and Argo's version (4.2, 4.3)."""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

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


Path = tuple[str | int, ...]
"""Where something stands in a workflow's spec."""
_FIELD = "serviceAccountName"


class AccountNeeds(Struct, frozen=True):
    """What one account needs: rights by namespace, empty for the workflow's own, and `*` for the whole cluster.

    ``fields`` are where the spec names it, or would have to. ``token``: a stored token of it has to be there as well.
    """

    account: str
    rights: tuple[tuple[str, Right], ...]
    fields: tuple[Path, ...]
    token: bool = False


class TakenToken(Struct, frozen=True):
    """An account of which ``taker`` takes the stored token (4.3, 4.4), where the spec says so and what it has there."""

    account: str
    taker: Literal["the executor", "the agent"]
    place: Path
    written: str


CLUSTER = "*"


class UnknownKindError(Exception):
    """A resource template is about a kind of which nobody knows the plural."""

    def __init__(self, template: str, kind: str, api_version: str) -> None:
        super().__init__(kind)
        self.template = template
        self.kind = kind
        self.api_version = api_version


class UnknownManifestError(Exception):
    """What a resource template does is not known: its manifest comes from elsewhere."""

    def __init__(self, template: str) -> None:
        super().__init__(template)
        self.template = template


Discover = Callable[[str, str], ApiResource | None]
"""Returns the resource of a kind and an API version, None where the cluster has none that is known."""


def tokens_of(spec: WorkflowSpec, defaults: WorkflowSpec) -> Iterator[TakenToken]:
    """Yield the stored tokens that the pods of a workflow take, one or two for each template."""
    for index, template in enumerate(spec.templates or ()):
        # What stands in another object is shown by the whole spec.
        name: Path = () if template.elsewhere else ("templates", index, "name")
        writer = executor_account(spec, template, defaults)
        if writer and template.makes_pod:
            # What the installation sets stands nowhere in the workflow.
            place = _writer_field(spec, template, index)
            yield TakenToken(writer, "the executor", place or name, writer if place else template.name)
        if template.uses_agent:
            yield TakenToken(spec.account_of(None, defaults), "the agent", name, template.name)
    if not spec.templates and spec.executor is not None and spec.executor.service_account_name:
        writer = spec.executor.service_account_name
        yield TakenToken(writer, "the executor", ("executor", _FIELD), writer)


def executor_account(spec: WorkflowSpec, template: Template, defaults: WorkflowSpec) -> str:
    """Return the executor's account, empty where it is the pod's own."""
    inherited = (item.template_defaults.executor if item.template_defaults else None for item in (spec, defaults))
    parts = (template.executor, *inherited, spec.executor, defaults.executor)
    return next((part.service_account_name for part in parts if part and part.service_account_name), "")


def _writer_field(spec: WorkflowSpec, template: Template, index: int) -> Path:
    if template.executor is not None and template.executor.service_account_name:
        return () if template.elsewhere else ("templates", index, "executor", _FIELD)
    return ("executor", _FIELD) if spec.executor is not None and spec.executor.service_account_name else ()


def _field(spec: WorkflowSpec, template: Template, index: int) -> Path:
    """Return where the account of a template's pods is named, or would have to be."""
    if template.elsewhere:
        return (_FIELD,)
    if template.service_account_name:
        return ("templates", index, _FIELD)
    if spec.template_defaults is not None and spec.template_defaults.service_account_name:
        return ("templateDefaults", _FIELD)
    return (_FIELD,)


def needs_of(
    spec: WorkflowSpec, defaults: WorkflowSpec, version: Version | None, discover: Discover
) -> tuple[AccountNeeds, ...]:
    """Return what each account of a workflow needs. Raises UnknownKindError, UnknownManifestError.

    Of what the containers themselves ask nothing stands in a workflow.
    """
    rights: dict[str, list[tuple[str, Right]]] = {}
    fields: dict[str, dict[Path, None]] = {}
    main = spec.account_of(None, defaults)

    def add(account: str, field: Path, found: Iterable[tuple[str, Right]]) -> None:
        rights.setdefault(account, []).extend(found)
        if field:
            fields.setdefault(account, {})[field] = None

    for index, template in enumerate(spec.templates or ()):
        if template.resource is not None and not template.resource.kind:
            raise UnknownManifestError(template.name)
        account, field = spec.account_of(template, defaults), _field(spec, template, index)
        if template.makes_pod:
            writer = executor_account(spec, template, defaults)
            place = _writer_field(spec, template, index) if writer else field
            add(writer or account, place, (("", right) for right in _executor(version)))
        if template.uses_agent:
            add(main, (_FIELD,), (("", right) for right in agent_rights(version)))
        if template.resource is not None:
            add(account, field, _resource(template, template.resource, discover))
    if not spec.templates:
        add(main, (_FIELD,), (("", right) for right in _executor(version)))
    for collector, field in _collectors(spec):
        add(collector, field, (("", right) for right in ARTIFACT_GC_RIGHTS))
    tokens = {taken.account for taken in tokens_of(spec, defaults)}
    return tuple(
        AccountNeeds(account, tuple(dict.fromkeys(found)), tuple(fields.get(account, ())), account in tokens)
        for account, found in rights.items()
    )


def _executor(version: Version | None) -> tuple[Right, ...]:
    """Return the least of what does: from 3.3 on results alone, before that the pod of the emissary executor."""
    if version is None or version >= TASK_RESULTS:
        return executor_rights(None)
    return (Right("", "pods", ("get", "patch"), "the outputs of a step"),)


def _collectors(spec: WorkflowSpec) -> Iterator[tuple[str, Path]]:
    """Yield the accounts that delete artifacts, `default` where none is named (4.1), and where they are named."""
    whole = spec.artifact_gc
    if whole is not None and whole.strategy not in ("", "Never"):
        yield whole.service_account_name or "default", ("artifactGC", _FIELD)
    for index, template in enumerate(spec.templates or ()):
        for number, artifact in enumerate((template.outputs.artifacts if template.outputs else None) or ()):
            own = artifact.artifact_gc
            if own is None or own.strategy in ("", "Never"):
                continue
            of_all = whole.service_account_name if whole is not None else None
            place: Path = ("templates", index, "outputs", "artifacts", number, "artifactGC", _FIELD)
            yield (
                own.service_account_name or of_all or "default",
                (place if own.service_account_name else ("artifactGC", _FIELD)),
            )


def _resource(template: Template, resource: ResourceTemplate, discover: Discover) -> Iterator[tuple[str, Right]]:
    found = discover(resource.kind, resource.api_version)
    if found is None:
        raise UnknownKindError(template.name, resource.kind, resource.api_version)
    verbs = set(_ACTIONS.get(resource.action, ("get",)))
    if template.outputs is not None and template.outputs.parameters:
        verbs.add("get")  # they are read from the object
    if resource.success_condition or resource.failure_condition:
        verbs |= {"get", "watch"}
    if resource.by_flags:
        verbs.add("list")
    if "{" in resource.object_namespace:
        raise UnknownManifestError(template.name)
    where = CLUSTER if not found.namespaced else resource.object_namespace
    why = f"template {template.name} {resource.action}s it" if resource.action else f"template {template.name}"
    yield where, Right(found.group, found.name, tuple(sorted(verbs)), why)
