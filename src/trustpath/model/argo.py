"""An installation of Argo Workflows, as its Deployments and its ConfigMap show it (argo-workflows 1, 3, 9)."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Literal

from msgspec import Struct

from trustpath.model import argo_flags
from trustpath.model.answers import Located
from trustpath.model.argo_settings import ControllerSettings
from trustpath.model.argo_workflows import CronWorkflow, Workflow, WorkflowSpec
from trustpath.model.fact import Absent, Known, Missing
from trustpath.model.kubernetes import ARGO_CONTROLLER_SETTINGS, ConfigMap, Container, Workload
from trustpath.model.snapshot import Snapshot
from trustpath.model.source import Source

GROUP = "argoproj.io"
ComponentKind = Literal["server", "controller", "ui"]
Version = tuple[int, int, int]
WORKFLOW_KINDS = ("Workflow", "CronWorkflow", "WorkflowTemplate", "ClusterWorkflowTemplate")
_TAG = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?(?:[-+].*)?")
_IMAGES: tuple[tuple[str, ComponentKind], ...] = (
    ("argocli", "server"),
    ("argo-workflows-server", "server"),
    ("argo-workflows-cli", "server"),
    ("workflow-controller", "controller"),
    ("argo-workflows-controller", "controller"),
    ("argoui", "ui"),
)
WORKFLOW_LABEL = "workflows.argoproj.io/workflow"
"""The label of every pod that the controller makes: the workflow's name."""


class Flag(Struct, frozen=True):
    """A flag's value and where it stands."""

    value: str
    source: Source


class Component(Struct, frozen=True):
    """A Deployment of Argo's server, controller or old user interface."""

    kind: ComponentKind
    workload: Located[Workload]
    position: int
    container: Container
    flags: dict[str, tuple[Flag, ...]]
    variables: dict[str, Flag]
    unread_variables: bool = False

    @property
    def namespace(self) -> str:
        """Return its namespace."""
        return self.workload.value.metadata.namespace or "default"

    @property
    def name(self) -> str:
        """Return the Deployment's name."""
        return self.workload.value.metadata.name

    @property
    def account(self) -> str:
        """Return the name of its service account."""
        template = self.workload.value.template
        return template.spec.account if template else "default"

    @property
    def image(self) -> str:
        """Return the image."""
        return self.container.image or ""

    @property
    def place(self) -> Source:
        """Return the place of its container."""
        return self.workload.source.at("spec", "template", "spec", "containers", self.position)

    @property
    def version(self) -> Version | None:
        """Return the version that the image's tag tells, None for `latest`, a digest and others."""
        return version_of(self.image)

    def flag(self, name: str) -> Flag | None:
        """Return the value of a flag: the last one on the command line, else its variable's (A3)."""
        found = self.flags.get(name)
        return found[-1] if found else self.variables.get(argo_flags.variable_of(name))

    def switch(self, name: str, default: bool) -> bool:
        """Return whether a switch is on."""
        found = self.flag(name)
        return default if found is None else found.value.lower() in ("true", "1", "t")

    @property
    def namespaced(self) -> bool:
        """Return whether it works on one namespace alone."""
        return self.switch("namespaced", False)

    @property
    def watched(self) -> str:
        """Return the namespace that it works on, empty for all of them."""
        if not self.namespaced:
            return ""
        managed = self.flag("managed-namespace")
        return managed.value if managed and managed.value else self.namespace


class Installation(Struct, frozen=True, dict=True):
    """The components of one namespace. ``settings`` is what its ConfigMap says, or why that is not known."""

    namespace: str
    server: Component | None
    controller: Component | None
    ui: Component | None
    config: Located[ConfigMap] | Missing | Absent

    @property
    def components(self) -> tuple[Component, ...]:
        """Return the components that are there."""
        return tuple(part for part in (self.server, self.controller, self.ui) if part is not None)

    @cached_property
    def settings(self) -> ControllerSettings | None:
        """Return the settings, None where the ConfigMap was not read; one that is not there sets nothing."""
        if isinstance(self.config, Located):
            return ControllerSettings(self.config.value.data)
        return ControllerSettings(None) if isinstance(self.config, Absent) and not self.config.implied else None

    @property
    def version(self) -> Version | None:
        """Return the controller's version, else the server's."""
        found = (part.version for part in (self.controller, self.server, self.ui) if part is not None)
        return next((version for version in found if version is not None), None)

    @property
    def accounts(self) -> frozenset[tuple[str, str]]:
        """Return the service accounts of the components."""
        return frozenset((part.namespace, part.account) for part in self.components)

    @property
    def auth_modes(self) -> tuple[Flag, ...] | None:
        """Return the server's modes as they are written, empty for its default; None without a server (A1, A3)."""
        if self.server is None:
            return None
        written = self.server.flags.get("auth-mode", ())
        if not written:
            variable = self.server.variables.get("ARGO_AUTH_MODE")
            written = (variable,) if variable else ()
        split = (Flag(part.strip(), flag.source) for flag in written for part in re.split(r"[,\s]+", flag.value))
        return tuple(flag for flag in split if flag.value)

    @property
    def modes_unknown(self) -> bool:
        """Return whether a variable says the mode: in the flag itself, or from elsewhere where none is written (A3)."""
        if any("$(" in flag.value for flag in self.auth_modes or ()):
            return True
        return self.server is not None and self.server.unread_variables and not self.auth_modes

    @property
    def modes(self) -> frozenset[str]:
        """Return the modes that are on: `hybrid` is client and server (A1), no flag is the version's default (A2)."""
        written = self.auth_modes
        if written is None or self.modes_unknown:
            return frozenset()
        found = {mode for flag in written for mode in _mode(flag.value)}
        if found:
            return frozenset(found)
        version = self.server.version if self.server else None
        return frozenset({"server"} if version is not None and version < (3, 1, 0) else {"client"})

    @property
    def watched(self) -> str:
        """Return the namespace whose workflows its controller runs, empty for all; old versions have it in settings."""
        part = self.controller or self.server
        own = part.watched if part is not None else ""
        return own or (self.settings.part("namespace", str) if self.settings is not None else None) or ""

    def watches(self, namespace: str) -> bool:
        """Return whether its controller runs the workflows of a namespace."""
        return (self.controller or self.server) is not None and self.watched in ("", namespace)


def _mode(value: str) -> tuple[str, ...]:
    return ("client", "server") if value == "hybrid" else (value,)


def version_of(image: str) -> Version | None:
    """Return the version in an image's tag, None where it has none."""
    name = image.partition("@")[0]
    tag = name.rpartition("/")[2].partition(":")[2]
    match = _TAG.fullmatch(tag)
    return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else None


def _kind_of(container: Container) -> ComponentKind | None:
    image = (container.image or "").partition("@")[0].rpartition("/")[2].partition(":")[0]
    for name, kind in _IMAGES:
        if image == name:
            return kind
    return None


def _component(workload: Located[Workload]) -> Component | None:
    template = workload.value.template
    for position, container in enumerate((template.spec.containers if template else None) or ()):
        kind = _kind_of(container)
        if kind is None:
            continue
        place = workload.source.at("spec", "template", "spec", "containers", position)
        flags: dict[str, tuple[Flag, ...]] = {}
        for words_of in ("command", "args"):
            for name, value, index in argo_flags.values(getattr(container, words_of) or []):
                full = {"e": "secure", "n": "namespace"}.get(name, name)
                flags[full] = (*flags.get(full, ()), Flag(value, place.at(words_of, index)))
        variables = {
            item.name: Flag(item.value, place.at("env", index, "value"))
            for index, item in enumerate(container.env or ())
            if item.value is not None and item.name in argo_flags.VARIABLES
        }
        hidden = any(item.hidden and item.name in argo_flags.VARIABLES for item in container.env or ())
        return Component(kind, workload, position, container, flags, variables, hidden or bool(container.env_from))
    return None


def components(snapshot: Snapshot) -> tuple[Component, ...]:
    """Return every server, controller and user interface among the Deployments and StatefulSets that were read."""
    workloads = (
        item
        for kind in ("Deployment", "StatefulSet")
        for item in snapshot.kubernetes.all_of(kind)
        if isinstance(item.value, Workload)
    )
    return tuple(part for item in workloads if (part := _component(item)) is not None)


def installations(snapshot: Snapshot) -> tuple[Installation, ...]:
    """Return the installations that were read: the components of each namespace, and of each Helm release in it."""
    groups: dict[tuple[str, str], dict[ComponentKind, Component]] = {}
    for part in components(snapshot):
        release = (part.workload.value.metadata.labels or {}).get("app.kubernetes.io/instance", "")
        groups.setdefault((part.namespace, release), {}).setdefault(part.kind, part)
    return tuple(_installation(snapshot, namespace, found) for (namespace, _), found in sorted(groups.items()))


def _installation(snapshot: Snapshot, namespace: str, found: dict[ComponentKind, Component]) -> Installation:
    named = next((flag for part in found.values() if (flag := part.flag("configmap")) is not None), None)
    name = named.value if named else ARGO_CONTROLLER_SETTINGS
    config: Located[ConfigMap] | Missing | Absent
    fact = snapshot.kubernetes.object("ConfigMap", namespace, name)
    config = fact.value if isinstance(fact, Known) else fact
    return Installation(namespace, found.get("server"), found.get("controller"), found.get("ui"), config)


class WrittenWorkflow(Struct, frozen=True):
    """A Workflow, or what makes one, and where its spec stands."""

    kind: str
    located: Located[Workflow] | Located[CronWorkflow]
    spec: WorkflowSpec
    path: tuple[str, ...]

    @property
    def namespace(self) -> str:
        """Return its namespace; a ClusterWorkflowTemplate has none."""
        return "" if self.kind == "ClusterWorkflowTemplate" else self.located.value.metadata.namespace or "default"

    @property
    def name(self) -> str:
        """Return its name."""
        return self.located.value.metadata.name

    @property
    def shown(self) -> str:
        """Return kind and name as people write them."""
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"

    @property
    def place(self) -> Source:
        """Return the place of its spec."""
        return self.located.source.at(*self.path)

    @property
    def accounts(self) -> Iterator[tuple[str, Source]]:
        """Yield every service account that is named, and where."""
        if self.spec.service_account_name:
            yield self.spec.service_account_name, self.place.at("serviceAccountName")
        for index, template in enumerate(self.spec.templates or ()):
            if template.service_account_name:
                yield template.service_account_name, self.place.at("templates", index, "serviceAccountName")


def written_workflows(snapshot: Snapshot) -> tuple[WrittenWorkflow, ...]:
    """Return the workflows, cron workflows and templates that were read."""
    found: list[WrittenWorkflow] = []
    for kind in WORKFLOW_KINDS:
        for item in snapshot.kubernetes.all_of(kind):
            if kind == "CronWorkflow":
                found.append(WrittenWorkflow(kind, item, item.value.spec.workflow_spec, ("spec", "workflowSpec")))
            else:
                found.append(WrittenWorkflow(kind, item, item.value.spec, ("spec",)))
    return tuple(found)
