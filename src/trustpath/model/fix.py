"""Changes that mend a cause: small typed operations on the facts, none of which is ever carried out here.

Applied to a copy of the facts they prove a fix; spelled out for a tool they are what a person runs.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from trustpath.model.source import Key


class Operation(Struct, frozen=True):
    """One operation of a JSON Patch (RFC 6902) on a document; ``path`` is the pointer as keys, ``-`` for the end."""

    op: Literal["add", "replace", "remove"]
    path: tuple[Key, ...]
    value: object = None


class PatchObject(Struct, frozen=True):
    """Change a Kubernetes object."""

    kind: str
    namespace: str
    name: str
    operations: tuple[Operation, ...]


class CreateObject(Struct, frozen=True):
    """Create a Kubernetes object. ``manifest`` is what ``kubectl apply`` takes."""

    manifest: Mapping[str, object]

    @property
    def kind(self) -> str:
        """Return the kind."""
        return str(self.manifest["kind"])

    @property
    def metadata(self) -> dict[str, str]:
        """Return name and namespace, empty for an object without one."""
        metadata = self.manifest["metadata"]
        assert isinstance(metadata, Mapping)  # noqa: S101  # every manifest has it
        return {"name": str(metadata["name"]), "namespace": str(metadata.get("namespace", ""))}


class ApplyObject(Struct, frozen=True):
    """Apply a manifest as ``kubectl apply`` does: an object that is there keeps what the manifest does not name.

    Maps are merged (RFC 7396), lists replaced but for those of a template whose items have names. ``namespace`` is
    where a manifest goes that names none.
    """

    manifest: Mapping[str, object]
    namespace: str


class PatchMapping(Struct, frozen=True):
    """Change an entry of aws-auth, or add one where ``index`` is None. An empty ``username`` is left as it is."""

    key: Literal["mapRoles", "mapUsers"]
    index: int | None
    arn: str
    username: str = ""
    groups: tuple[str, ...] | None = None


class Restart(Struct, frozen=True):
    """Make a workload's pods anew, so that admission sees what is there now; a bare pod is not ``owned``."""

    kind: str
    namespace: str
    name: str
    owned: bool = True


class PatchTrustPolicy(Struct, frozen=True):
    """Change the trust policy of a role."""

    role_arn: str
    operations: tuple[Operation, ...]


class PutRolePolicy(Struct, frozen=True):
    """Give a role one more inline policy."""

    role_arn: str
    policy: str
    document: Mapping[str, object]


class CreateProvider(Struct, frozen=True):
    """Register the cluster's issuer in IAM."""

    arn: str
    client_ids: tuple[str, ...]


class AddClientId(Struct, frozen=True):
    """Let an OIDC provider accept one more audience."""

    provider_arn: str
    client_id: str


class SetThumbprints(Struct, frozen=True):
    """Set the thumbprints of an OIDC provider: SHA-1 in hexadecimal digits."""

    provider_arn: str
    thumbprints: tuple[str, ...]


class CreateAssociation(Struct, frozen=True):
    """Bind a role to a service account by EKS Pod Identity."""

    cluster: str
    namespace: str
    service_account: str
    role_arn: str


class CreateAccessEntry(Struct, frozen=True):
    """Let an IAM principal into the cluster."""

    cluster: str
    principal_arn: str
    groups: tuple[str, ...] = ()
    type: str = "STANDARD"


class SetAccessEntryGroups(Struct, frozen=True):
    """Set the Kubernetes groups of an access entry."""

    cluster: str
    principal_arn: str
    groups: tuple[str, ...]


class SetHopLimit(Struct, frozen=True):
    """Let the answers of the instance metadata service reach pods."""

    instance: str
    limit: int


Change = (
    PatchObject
    | CreateObject
    | ApplyObject
    | PatchMapping
    | Restart
    | PatchTrustPolicy
    | PutRolePolicy
    | CreateProvider
    | AddClientId
    | SetThumbprints
    | CreateAssociation
    | CreateAccessEntry
    | SetAccessEntryGroups
    | SetHopLimit
)


class Candidate(Struct, frozen=True):
    """A change that may mend a link, not proven yet. ``title`` says what is done, in the imperative."""

    title: str
    changes: tuple[Change, ...]
