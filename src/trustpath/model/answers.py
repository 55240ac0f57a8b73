"""What the readers found, each value with the place where it stands."""

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from msgspec import Struct, field, structs

from trustpath.model.client import AwsProfile, Kubeconfig, TerraformProvider
from trustpath.model.eks import (
    AccessEntry,
    Addon,
    AssociatedPolicies,
    Cluster,
    ClusterCreation,
    InstanceMetadata,
    PodIdentityAssociation,
)
from trustpath.model.iam import (
    CallerIdentity,
    Encryption,
    InlinePolicy,
    InlinePolicyNames,
    InstanceProfile,
    IssuerCertificates,
    KmsKey,
    ManagedPolicy,
    OidcProvider,
    OrganizationAttachments,
    OrganizationParent,
    OrganizationPolicy,
    PolicyAttachments,
    PolicyVersion,
    ResourcePolicy,
    Role,
    User,
)
from trustpath.model.log import LogLine
from trustpath.model.reads import AwsRead, Read, ReadResult
from trustpath.model.source import Source
from trustpath.model.token import TokenClaims

T = TypeVar("T")


class Located(Struct, Generic[T], frozen=True):
    """A value and where it stands."""

    value: T
    source: Source


class LeftOut(Struct, frozen=True):
    """Something that could not be read: where, why, and what to do. ``line`` 0 means the whole file."""

    file: str
    line: int
    column: int
    problem: str
    hint: str = ""

    @property
    def place(self) -> str:
        """Return ``file:line:column`` as editors and compilers write it."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class ListedArns(Struct, frozen=True):
    """All roles or providers of an account, as a complete answer names them. ``account`` is the one that was asked,
    empty where that is not told.
    """

    arns: tuple[str, ...]
    source: Source
    account: str = ""


class Refusal(Struct, frozen=True):
    """A tool's printed error: ``status`` is Forbidden or NotFound, ``name`` may be empty.

    ``subject`` is a Kubernetes resource (``serviceaccounts``) or an AWS action (``iam:GetRole``). ``account`` is
    the one that was asked, empty where that is not told.
    """

    status: str
    subject: str
    name: str
    text: str
    account: str = ""


class Answers(Struct):
    """What the readers found, in the order of reading. The only mutable thing: reading fills it.

    ``objects`` are Kubernetes objects with their kind; ``counted`` are kinds that no question looks at.
    ``own_account`` is the one whose credentials a live reader has, empty where files were read.
    ``cluster_scoped_seen`` tells that an object without a namespace was read. ``reads`` says of every read how it
    went, empty where files were read that do not tell; ``pending_objects`` (kind, namespace, name) and
    ``pending_arns`` are what a plan changes in a way that only applying it shows, with its address in the plan,
    ``deleted_objects`` what it deletes; ``wanted`` is what lookups would have needed and ``can_read`` says somebody
    can read; ``times_wanted`` counts how often they said so.
    """

    objects: list[tuple[str, Located[Any]]] = field(default_factory=list)
    counted: dict[str, int] = field(default_factory=dict)
    cluster_scoped_seen: bool = False
    roles: list[Located[Role]] = field(default_factory=list)
    role_lists: list[ListedArns] = field(default_factory=list)
    providers: list[Located[OidcProvider]] = field(default_factory=list)
    provider_lists: list[ListedArns] = field(default_factory=list)
    instance_profiles: list[Located[InstanceProfile]] = field(default_factory=list)
    attachments: list[Located[PolicyAttachments]] = field(default_factory=list)
    inline_policies: list[Located[InlinePolicy]] = field(default_factory=list)
    inline_policy_names: list[Located[InlinePolicyNames]] = field(default_factory=list)
    managed_policies: list[Located[ManagedPolicy]] = field(default_factory=list)
    policy_versions: list[Located[PolicyVersion]] = field(default_factory=list)
    resource_policies: list[Located[ResourcePolicy]] = field(default_factory=list)
    organization_policies: list[Located[OrganizationPolicy]] = field(default_factory=list)
    organization_attachments: list[Located[OrganizationAttachments]] = field(default_factory=list)
    organization_parents: list[Located[OrganizationParent]] = field(default_factory=list)
    management_accounts: list[Located[str]] = field(default_factory=list)
    kms_keys: list[Located[KmsKey]] = field(default_factory=list)
    encryption: list[Located[Encryption]] = field(default_factory=list)
    callers: list[Located[CallerIdentity]] = field(default_factory=list)
    clusters: list[Located[Cluster]] = field(default_factory=list)
    addons: list[Located[Addon]] = field(default_factory=list)
    access_entries: list[Located[AccessEntry]] = field(default_factory=list)
    access_entry_lists: list[tuple[tuple[str, ...], Source]] = field(default_factory=list)
    access_policies: list[Located[AssociatedPolicies]] = field(default_factory=list)
    creations: list[Located[ClusterCreation]] = field(default_factory=list)
    users: list[Located[User]] = field(default_factory=list)
    associations: list[Located[PodIdentityAssociation]] = field(default_factory=list)
    association_lists: list[Source] = field(default_factory=list)
    instances: list[Located[InstanceMetadata]] = field(default_factory=list)
    issuers: list[Located[str]] = field(default_factory=list)
    certificates: list[Located[IssuerCertificates]] = field(default_factory=list)
    tokens: list[Located[TokenClaims]] = field(default_factory=list)
    kubeconfigs: list[Located[Kubeconfig]] = field(default_factory=list)
    terraform_providers: list[Located[TerraformProvider]] = field(default_factory=list)
    aws_profiles: list[Located[AwsProfile]] = field(default_factory=list)
    log_lines: list[Located[LogLine]] = field(default_factory=list)
    sdk_lines: list[Located[LogLine]] = field(default_factory=list)
    refusals: list[Located[Refusal]] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    reads: dict[Read, ReadResult] = field(default_factory=dict)
    pending_objects: dict[tuple[str, str, str], str] = field(default_factory=dict)
    deleted_objects: dict[tuple[str, str, str], str] = field(default_factory=dict)
    pending_arns: dict[str, str] = field(default_factory=dict)
    wanted: dict[Read, None] = field(default_factory=dict)
    files: int = 0
    own_account: str = ""
    can_read: Callable[[Read], bool] = lambda read: False
    times_wanted: int = 0

    def want(self, read: Read) -> None:
        """Note that a lookup needs a fact that nobody has tried to read, where there is somebody who can."""
        read = self.as_asked(read)
        if read not in self.reads and self.can_read(read):
            self.wanted[read] = None
            self.times_wanted += 1

    def as_asked(self, read: Read) -> Read:
        """Return a read as a reader makes it: of the own account where that is the one that is named."""
        if isinstance(read, AwsRead) and read.account and read.account == self.own_account:
            return structs.replace(read, account="")
        return read

    @property
    def empty(self) -> bool:
        """Return whether nothing was recognised as a fact."""
        return not any(value for name, value in self._parts() if name not in _NOT_FACTS)

    def _parts(self) -> Iterator[tuple[str, object]]:
        return ((name, getattr(self, name)) for name in self.__struct_fields__)


_NOT_FACTS = frozenset(
    {
        "can_read",
        "cluster_scoped_seen",
        "deleted_objects",
        "files",
        "left_out",
        "own_account",
        "pending_arns",
        "pending_objects",
        "reads",
        "times_wanted",
        "wanted",
    }
)
