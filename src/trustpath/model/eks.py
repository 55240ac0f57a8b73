"""What EKS and EC2 answer, reduced to what decides."""

from msgspec import Struct

from trustpath.model.iam import Document


class Cluster(Struct, frozen=True):
    """An EKS cluster. ``issuer`` is the URL with its scheme, empty when the answer has none.

    ``creator_is_admin`` is ``bootstrapClusterCreatorAdminPermissions``, None where the answer leaves it out, as
    ``public_access`` is. ``certificate_authority`` is base64 as EKS gives it.
    """

    name: str
    arn: str
    issuer: str
    version: str
    authentication_mode: str
    creator_is_admin: bool | None = None
    endpoint: str = ""
    certificate_authority: str = ""
    public_access: bool | None = None
    public_access_cidrs: tuple[str, ...] = ()
    ip_family: str = ""

    @property
    def region(self) -> str:
        """Return the cluster's region, by its ARN; empty where the answer has none."""
        return self.arn.split(":")[3] if self.arn.count(":") >= 5 else ""

    @property
    def minor_version(self) -> int | None:
        """Return the 29 of version 1.29, None where the answer has no version."""
        major, _, minor = self.version.partition(".")
        return int(minor) if major == "1" and minor.isdigit() else None


class Addon(Struct, frozen=True):
    """An add-on, the IRSA role that EKS writes on its service account, and what EKS says is wrong with it (P20)."""

    cluster: str
    name: str
    role_arn: str
    modified_at: str
    status: str = ""
    issues: tuple[str, ...] = ()


class AccessEntry(Struct, frozen=True):
    """An access entry of a cluster."""

    cluster: str
    principal_arn: str
    username: str
    groups: tuple[str, ...]
    type: str
    created_at: str = ""


class AssociatedPolicy(Struct, frozen=True):
    """An access policy of an access entry. ``namespaces`` is None for the scope of the whole cluster."""

    policy_arn: str
    namespaces: tuple[str, ...] | None

    @property
    def name(self) -> str:
        """Return the policy's name, the last part of its ARN."""
        return self.policy_arn.rpartition("/")[2]


class AssociatedPolicies(Struct, frozen=True):
    """All access policies of one access entry; ``principal_arn`` is empty where nothing says whose they are."""

    cluster: str
    principal_arn: str
    policies: tuple[AssociatedPolicy, ...]


class ClusterCreation(Struct, frozen=True):
    """Who created a cluster, as CloudTrail recorded it: the role behind a session, or the user; and when."""

    cluster: str
    principal_arn: str
    time: str = ""


class PodIdentityAssociation(Struct, frozen=True):
    """An association (P1); ``role_arn`` is empty in list answers, which leave the role and what follows out.

    ``target_role_arn`` is the second role of the chain (P7), ``policy`` the session policy, both mostly not there.
    """

    cluster: str
    namespace: str
    service_account: str
    arn: str
    role_arn: str
    target_role_arn: str = ""
    session_tags_disabled: bool = False
    policy: Document | None = None
    external_id: str = ""
    created_at: str = ""
    modified_at: str = ""


class InstanceMetadata(Struct, frozen=True):
    """How an EC2 instance serves its metadata; ``hop_limit`` 0 where the answer does not say."""

    instance_id: str
    hop_limit: int
    tokens: str
    endpoint: str
    instance_profile_arn: str
    private_dns_name: str = ""
