"""The settings of Argo's controller and server, as the ConfigMap has them (S1, argo-workflows 5)."""

from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec
from msgspec import Raw, Struct

from trustpath.model.argo_workflows import WorkflowSpec

OMITTED = "…"
"""What stands for a text that is not kept."""
LITERAL_SECRET = "(a literal secret)"  # noqa: S105  # what stands for one
"""What stands for a secret that was written out."""
UNREADABLE = "(not YAML)"
"""What stands for a key whose value no YAML parser reads."""

T = TypeVar("T")


class _Settings(Struct, frozen=True, rename="camel", omit_defaults=True):
    """A part of the settings."""


class SsoRbac(_Settings, frozen=True):
    """Whether people act as service accounts that rules choose (S2)."""

    enabled: bool = False


class KeyOfSecret(_Settings, frozen=True):
    """A key of a Secret."""

    name: str = ""
    key: str = ""


class Sso(_Settings, frozen=True):
    """How people sign in (S1)."""

    client_id: KeyOfSecret = KeyOfSecret()
    client_secret: KeyOfSecret = KeyOfSecret()

    issuer: str = ""
    redirect_url: str = ""
    session_expiry: str = ""
    insecure_skip_verify: bool = False
    custom_group_claim_name: str = ""
    filter_groups_regex: list[str] | None = None
    rbac: SsoRbac = SsoRbac()


class Database(_Settings, frozen=True):
    """A database of the archive."""

    ssl_mode: str = ""
    ssl: bool | None = None
    user_name_secret: KeyOfSecret = KeyOfSecret()
    password_secret: KeyOfSecret = KeyOfSecret()


class Persistence(_Settings, frozen=True):
    """Where finished workflows are kept."""

    archive: bool = False
    postgresql: Database | None = None
    mysql: Database | None = None


class S3Repository(_Settings, frozen=True):
    """A bucket for artifacts."""

    endpoint: str = ""
    insecure: bool = False
    key_format: str = ""
    access_key_secret: KeyOfSecret | None = None
    encryption_options: Raw = Raw(b"")


class ArtifactRepository(_Settings, frozen=True):
    """Where artifacts are kept."""

    archive_logs: bool = False
    s3: S3Repository | None = None


class WorkflowDefaults(_Settings, frozen=True):
    """What workflows have that do not say otherwise."""

    spec: WorkflowSpec = WorkflowSpec()


class WorkflowRestrictions(_Settings, frozen=True):
    """What users may write themselves."""

    template_referencing: str = ""


class Metrics(_Settings, frozen=True):
    """How the controller is measured."""

    enabled: bool = True
    secure: bool | None = None


class LogStrategy(_Settings, frozen=True):
    """Which pods' specs are logged."""

    all_pods: bool = False
    failed_pod: bool = False


class Events(_Settings, frozen=True):
    """Whether events are written."""

    enabled: bool = True


_PARTS: dict[str, Any] = {
    "artifactRepository": ArtifactRepository,
    "containerRuntimeExecutor": str,
    "instanceID": str,
    "metricsConfig": Metrics,
    "namespace": str,
    "namespaceParallelism": int,
    "nodeEvents": Events,
    "parallelism": int,
    "persistence": Persistence,
    "podSpecLogStrategy": LogStrategy,
    "sso": Sso,
    "workflowDefaults": WorkflowDefaults,
    "workflowEvents": Events,
    "workflowRestrictions": WorkflowRestrictions,
}


class ControllerSettings:
    """The settings, part by part; a part that has another form than Argo gives it is in ``unreadable``."""

    def __init__(self, data: dict[str, Raw] | None) -> None:
        self._parts: dict[str, Any] = {}
        self._places: dict[str, tuple[str, ...]] = {}
        self.unreadable: tuple[str, ...] = ()
        self._values: dict[str, Any] = {}
        for key, raw in (data or {}).items():
            value = msgspec.json.decode(raw)
            if value == UNREADABLE:
                self.unreadable += (key,)
            elif key == "config" and isinstance(value, dict):
                for name, part in value.items():
                    self._values.setdefault(name, part)
                    self._places.setdefault(name, ("data", "config"))
            else:
                self._values[key] = value
                self._places[key] = ("data", key)
        for key, value in self._values.items():
            if key in _PARTS and value is not None:
                self._read(key, value)

    def _read(self, key: str, value: Any) -> None:
        try:
            # Through text, for the parts that are kept as text.
            self._parts[key] = msgspec.json.decode(msgspec.json.encode(value), type=_PARTS[key], strict=False)
        except msgspec.ValidationError:
            self.unreadable += (key,)

    def part(self, key: str, type_: type[T]) -> T | None:
        """Return a part, None where it is not set or cannot be read."""
        found = self._parts.get(key)
        return found if isinstance(found, type_) else None

    def has(self, key: str) -> bool:
        """Return whether a key is set."""
        return key in self._values

    def place(self, key: str) -> tuple[str, ...]:
        """Return where a key stands in the ConfigMap."""
        return self._places.get(key, ("metadata", "name"))

    @property
    def sso(self) -> Sso | None:
        """Return how people sign in, None where nothing is set."""
        return self.part("sso", Sso)

    @property
    def defaults(self) -> WorkflowSpec:
        """Return what workflows have that do not say otherwise."""
        found = self.part("workflowDefaults", WorkflowDefaults)
        return found.spec if found else WorkflowSpec()

    def literal_secrets(self) -> Iterator[tuple[str, str]]:
        """Yield each secret that is written out: its key in the ConfigMap and its path below."""
        for key, value in self._values.items():
            yield from ((key, path) for path in _literals(key, value))


def _literals(path: str, value: Any) -> Iterator[str]:
    if value == LITERAL_SECRET:
        yield path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _literals(f"{path}.{key}", item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _literals(f"{path}[{index}]", item)
