"""The objects of Argo Workflows as the API server stores them, with the fields that a rule reads.

What people write into parameters, variables, headers and scripts is not kept: of each value only what it looks like,
where that is a credential.
"""

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Raw, Struct, convert, field, json
from msgspec.structs import force_setattr

from trustpath.model.kubernetes import Metadata, ObjectName

_NOTHING = Raw(b"")
"""One object for all: a field that has it is left out when its object is written."""
_SECRET_NAME = re.compile(
    r"(?i)(?:^|[_.-]|(?<=[a-z0-9]))(?:passw(?:or)?d|passphrase|token|secret|api[_-]?key|access[_-]?key|private[_-]?key|"
    r"credentials?)(?:$|[_.-])"
)
_SHAPES = (
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), "an AWS access key"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"), "a private key"),
    (re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+"), "a JSON Web Token"),
    (re.compile(r"\b(?:ghp|gho|ghs|ghr|ghu)_[A-Za-z0-9]{30,}\b|\bgithub_pat_\w{30,}"), "a token of GitHub"),
    (re.compile(r"\bglpat-[\w-]{20,}"), "a token of GitLab"),
    (re.compile(r"\bxox[abprs]-[\w-]{10,}"), "a token of Slack"),
    (re.compile(r"//[^/\s:@{}]+:[^/\s@{}]+@"), "a password in a URL"),
)
# A value that is filled in later, or that only names where the secret is.
_TEMPLATED = re.compile(r"\s*\{\{.*\}\}\s*|\s*\$\(?\{?\w+\}?\)?\s*", re.DOTALL)
_PLACEHOLDERS = frozenset({"", "true", "false", "changeme", "null", "none"})


def looks_like(name: str, value: str) -> str:
    """Return which credential a literal value looks like, by its shape or else by its name; empty for none."""
    for shape, what in _SHAPES:
        if shape.search(value):
            return what
    if _SECRET_NAME.search(name) and value.lower() not in _PLACEHOLDERS and not _TEMPLATED.fullmatch(value):
        # `tokenFile: /run/token` and `secretName: db` say where it is.
        is_place = value.startswith("/") or re.search(r"(?i)(?:name|path|file|ref|id|arn|length|ttl)$", name)
        return "" if is_place else "a secret, by its name"
    return ""


def _text(value: Raw) -> str:
    """Return a value as text: Argo's parameters may be numbers as well."""
    if not bytes(value):
        return ""
    decoded = json.decode(value)
    return decoded if isinstance(decoded, str) else bytes(value).decode(errors="replace")


class _Object(Struct, frozen=True, rename="camel", omit_defaults=True):
    """Fields of the objects' JSON; encoded and decoded again, an object is the same."""


class NamedValue(_Object, frozen=True):
    """A parameter, variable or header. Of its value only ``suspect`` is kept: what it looks like."""

    name: str = ""
    value: Raw = _NOTHING
    default: Raw = _NOTHING
    suspect: str = ""

    def __post_init__(self) -> None:
        for part in ("value", "default"):
            found = _text(getattr(self, part))
            if found:
                force_setattr(self, "suspect", self.suspect or looks_like(self.name, found))
            force_setattr(self, part, _NOTHING)


class SecretKey(_Object, frozen=True):
    """A key of a Secret, by name."""

    name: str = ""
    key: str = ""


class VariableSource(_Object, frozen=True):
    """Where a variable comes from."""

    secret_key_ref: SecretKey | None = None


class Variable(NamedValue, frozen=True):
    """A variable of a container."""

    value_from: VariableSource | None = None


class Header(NamedValue, frozen=True):
    """A header of an HTTP template; ``Authorization`` is a secret whatever its name says."""

    def __post_init__(self) -> None:
        found = _text(self.value)
        if self.name.lower() in ("authorization", "cookie", "x-api-key") and found and not _TEMPLATED.fullmatch(found):
            force_setattr(self, "suspect", "a credential in a header")
        NamedValue.__post_init__(self)


class ContainerSecurity(_Object, frozen=True):
    """Which rights on its node a container has."""

    privileged: bool | None = None
    run_as_user: int | None = None
    run_as_non_root: bool | None = None


class StepContainer(_Object, frozen=True):
    """A container of a template, a script or a sidecar. Of its words only ``suspect`` is kept, and where it stands."""

    name: str = ""
    image: str = ""
    command: list[str] | None = None
    args: list[str] | None = None
    source: str = ""
    env: list[Variable] | None = None
    security_context: ContainerSecurity | None = None
    suspect: str = ""
    suspect_in: str = ""

    def __post_init__(self) -> None:
        for part, words in (("command", self.command), ("args", self.args), ("source", [self.source])):
            suspect = next((what for word in words or () if (what := looks_like("", word))), "")
            if suspect and not self.suspect:
                force_setattr(self, "suspect", suspect)
                force_setattr(self, "suspect_in", part)
        force_setattr(self, "command", None)
        force_setattr(self, "args", None)
        force_setattr(self, "source", "")


class ContainerSet(_Object, frozen=True):
    """The containers of a container set."""

    containers: list[StepContainer] | None = None


class ResourceTemplate(_Object, frozen=True):
    """A template that does something to a Kubernetes object. Of its manifest only kind and API version are kept."""

    action: str = ""
    manifest: str = ""
    success_condition: str = ""
    failure_condition: str = ""
    flags: list[str] | None = None
    api_version: str = ""
    kind: str = ""
    object_namespace: str = ""
    by_flags: bool = False

    def __post_init__(self) -> None:
        if self.manifest:
            force_setattr(self, "api_version", _top_level(self.manifest, "apiVersion"))
            force_setattr(self, "kind", _top_level(self.manifest, "kind"))
            namespace = _namespace(self.manifest)
            own = re.fullmatch(r"\{\{\s*workflow\.namespace\s*\}\}", namespace)
            force_setattr(self, "object_namespace", "" if own else namespace)
        elif self.flags and not self.kind:
            # `kubectl get workflow/NAME`: the kind stands in the flags.
            named = next((word for word in self.flags if not word.startswith("-")), "")
            force_setattr(self, "kind", named.partition("/")[0])
            # A selector has objects listed first.
            force_setattr(self, "by_flags", "/" not in named)
        force_setattr(self, "manifest", "")
        force_setattr(self, "flags", None)


def _top_level(manifest: str, key: str) -> str:
    """Return a top-level value of a manifest, which need be no YAML before its placeholders are filled in."""
    found = re.search(rf"""(?m)^\s{{0,1}}["']?{key}["']?\s*:\s*["']?([^\s"',#}}]+)""", manifest)
    if found is None and manifest.lstrip().startswith("{"):
        found = re.search(rf"""["']{key}["']\s*:\s*["']([^"']+)""", manifest)
    return found[1] if found else ""


def _namespace(manifest: str) -> str:
    """Return the namespace in the metadata of a manifest, empty where it names none."""
    inside = False
    for line in manifest.splitlines():
        if line.startswith("metadata:"):
            inside = True
            flow = re.search(r"[{,]\s*namespace:\s*[\"']?([\w.-]+)", line)
            if flow:
                return flow[1]
        elif inside and line[:1].strip() and not line.startswith("#"):
            return ""
        elif inside and (found := _NAMESPACE_LINE.fullmatch(line)):
            return found[1]
    return ""


_NAMESPACE_LINE = re.compile(r" {1,4}namespace:[ \t]*[\"']?(\{\{[^}]*\}\}|[\w.{}-]+)[\"']?[ \t]*(?:#.*)?")


class HttpTemplate(_Object, frozen=True):
    """A template that calls a URL."""

    headers: list[Header] | None = None


class Cache(_Object, frozen=True):
    """Where a memoized step keeps its result."""

    config_map: ObjectName | None = None


class Memoize(_Object, frozen=True):
    """The cache of a step."""

    cache: Cache | None = None


class ExecutorSettings(_Object, frozen=True):
    """As whom init and wait containers talk to the API server, where not as the pod's account."""

    service_account_name: str | None = None


class ArtifactGc(_Object, frozen=True):
    """When artifacts are deleted, and as whom."""

    strategy: str = ""
    service_account_name: str | None = None
    pod_spec_patch: str | None = None

    def __post_init__(self) -> None:
        force_setattr(self, "pod_spec_patch", _patched(self.pod_spec_patch))


def _patched(patch: str | None) -> str | None:
    """Return what a podSpecPatch changes: only the names of fields that give rights, and whether it is filled in."""
    if not patch:
        return patch
    names = re.findall(r"[A-Za-z]\w*(?=[\"']?\s*:)|[A-Za-z]\w*", patch)
    kept = sorted(_DANGEROUS.intersection(names)) + (["{{"] if "{{" in patch else [])
    return " ".join(kept) or "…"


_DANGEROUS = frozenset(
    {
        "automountServiceAccountToken",
        "hostIPC",
        "hostNetwork",
        "hostPID",
        "hostPath",
        "privileged",
        "runAsUser",
        "serviceAccountName",
    }
)


class Artifact(_Object, frozen=True):
    """An artifact of a step. Of its URLs only ``suspect`` is kept."""

    name: str = ""
    artifact_gc: ArtifactGc | None = field(name="artifactGC", default=None)
    git: Raw = _NOTHING
    http: Raw = _NOTHING
    artifactory: Raw = _NOTHING
    suspect: str = ""

    def __post_init__(self) -> None:
        for kind in ("git", "http", "artifactory"):
            found = bytes(getattr(self, kind)).decode(errors="replace")
            if _SHAPES[-1][0].search(found):
                force_setattr(self, "suspect", self.suspect or _SHAPES[-1][1])
            force_setattr(self, kind, _NOTHING)


class Arguments(_Object, frozen=True):
    """Parameters and artifacts that go into a workflow or a step, or come out of it."""

    parameters: list[NamedValue] | None = None
    artifacts: list[Artifact] | None = None


class HostPath(_Object, frozen=True):
    """A folder of the node."""

    path: str = ""


class SecretName(_Object, frozen=True):
    """A Secret that is mounted."""

    secret_name: str = ""


class StepVolume(_Object, frozen=True):
    """A volume of a workflow or a template."""

    name: str = ""
    host_path: HostPath | None = None
    secret: SecretName | None = None


class TemplateReference(_Object, frozen=True):
    """The WorkflowTemplate, or ClusterWorkflowTemplate, that a workflow is made of; or one template of it."""

    name: str = ""
    template: str = ""
    cluster_scope: bool | None = None


class Template(_Object, frozen=True):
    """One template of a workflow.

    Of its steps and tasks only the templates that they name are kept, beside it (``calls``) and of other objects
    (``references``), and those that they hold themselves (``inline``). ``elsewhere``: it is not of the workflow itself.
    """

    name: str = ""
    service_account_name: str | None = None
    automount_service_account_token: bool | None = None
    executor: ExecutorSettings | None = None
    container: StepContainer | None = None
    container_set: ContainerSet | None = None
    script: StepContainer | None = None
    sidecars: list[StepContainer] | None = None
    init_containers: list[StepContainer] | None = None
    resource: ResourceTemplate | None = None
    http: HttpTemplate | None = None
    plugin: Raw = _NOTHING
    memoize: Memoize | None = None
    data: Raw = _NOTHING
    inputs: Arguments | None = None
    outputs: Arguments | None = None
    volumes: list[StepVolume] | None = None
    pod_spec_patch: str | None = None
    security_context: ContainerSecurity | None = None
    steps: Raw = _NOTHING
    dag: Raw = _NOTHING
    calls: list[str] | None = None
    references: list[TemplateReference] | None = None
    inline: "list[Template] | None" = None
    elsewhere: bool = False

    def __post_init__(self) -> None:
        force_setattr(self, "pod_spec_patch", _patched(self.pod_spec_patch))
        for part in ("steps", "dag"):
            for step in _steps_of(getattr(self, part)):
                if isinstance(step.get("template"), str):
                    force_setattr(self, "calls", [*(self.calls or ()), step["template"]])
                if isinstance(step.get("templateRef"), dict):
                    reference = convert(step["templateRef"], TemplateReference)
                    force_setattr(self, "references", [*(self.references or ()), reference])
                if isinstance(step.get("inline"), dict):
                    force_setattr(self, "inline", [*(self.inline or ()), convert(step["inline"], Template)])
            force_setattr(self, part, _NOTHING)
        for part in ("plugin", "data"):
            if bytes(getattr(self, part)) not in (b"", b"null"):
                force_setattr(self, part, Raw(b"{}"))

    @property
    def containers(self) -> tuple[tuple[tuple[str | int, ...], StepContainer], ...]:
        """Return the containers that the user wrote, each with its place in the template."""
        found: list[tuple[tuple[str | int, ...], StepContainer]] = []
        for single in ("container", "script"):
            value: StepContainer | None = getattr(self, single)
            if value is not None:
                found.append(((single,), value))
        lists = (
            (("containerSet", "containers"), self.container_set.containers if self.container_set else None),
            (("sidecars",), self.sidecars),
            (("initContainers",), self.init_containers),
        )
        for place, values in lists:
            found.extend(((*place, index), value) for index, value in enumerate(values or ()))
        return tuple(found)

    @property
    def makes_pod(self) -> bool:
        """Return whether a step of this template runs in a pod of its own, with an executor beside it."""
        return any((self.container, self.script, self.container_set, self.resource, self.data))

    @property
    def uses_agent(self) -> bool:
        """Return whether a step of this template is done by the agent's pod."""
        return self.http is not None or bool(self.plugin)


def _steps_of(written: Raw) -> Iterator[dict[str, Any]]:
    """Yield the steps, or the tasks, of a template, in whatever lists they stand."""
    found = [json.decode(written)] if bytes(written) else []
    while found:
        value = found.pop()
        if isinstance(value, list):
            found.extend(reversed(value))
        elif isinstance(value, dict) and isinstance(value.get("tasks"), list):
            found.append(value["tasks"])
        elif isinstance(value, dict):
            yield value


class WorkflowSpec(_Object, frozen=True):
    """What runs, as which service account."""

    entrypoint: str = ""
    service_account_name: str | None = None
    automount_service_account_token: bool | None = None
    executor: ExecutorSettings | None = None
    templates: list[Template] | None = None
    template_defaults: Template | None = None
    workflow_template_ref: TemplateReference | None = None
    arguments: Arguments | None = None
    volumes: list[StepVolume] | None = None
    artifact_gc: ArtifactGc | None = field(name="artifactGC", default=None)
    pod_spec_patch: str | None = None
    security_context: ContainerSecurity | None = None
    host_network: bool | None = None

    def __post_init__(self) -> None:
        force_setattr(self, "pod_spec_patch", _patched(self.pod_spec_patch))

    def account_of(self, template: Template | None, defaults: "WorkflowSpec") -> str:
        """Return the service account of a template's pods, that of the whole without one (4.1)."""
        own = template.service_account_name if template else None
        inherited = (
            item.template_defaults.service_account_name if item.template_defaults else None for item in (self, defaults)
        )
        of_all = next((name for name in inherited if name), None)
        return own or of_all or self.service_account_name or defaults.service_account_name or "default"


class Workflow(_Object, frozen=True):
    """A Workflow, WorkflowTemplate or ClusterWorkflowTemplate: they have one form."""

    metadata: Metadata
    spec: WorkflowSpec = WorkflowSpec()


class CronWorkflowSpec(_Object, frozen=True):
    """The workflow that a schedule makes."""

    workflow_spec: WorkflowSpec = WorkflowSpec()
    suspend: bool | None = None


class CronWorkflow(_Object, frozen=True):
    """A CronWorkflow."""

    metadata: Metadata
    spec: CronWorkflowSpec = CronWorkflowSpec()


KINDS: dict[str, type[Any]] = {
    "ClusterWorkflowTemplate": Workflow,
    "CronWorkflow": CronWorkflow,
    "Workflow": Workflow,
    "WorkflowTemplate": Workflow,
}
"""The kinds that are decoded, by name."""
