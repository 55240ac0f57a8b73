"""What IAM, STS and Organizations answer, reduced to what decides."""

from msgspec import Struct

from trustpath.model.policy import MalformedPolicy, PolicyDocument

Document = PolicyDocument | MalformedPolicy


class Role(Struct, frozen=True):
    """An IAM role with its trust policy.

    ``boundary`` is the ARN of the permissions boundary; ``boundary_known`` is false when the answer
    comes from ``list-roles``, which leaves boundaries out (iam-evaluation 4.5), as it does ``tags``: None then.
    """

    arn: str
    name: str
    trust: Document
    boundary: str = ""
    boundary_known: bool = True
    created_at: str = ""
    tags: dict[str, str] | None = None


class User(Struct, frozen=True):
    """An IAM user."""

    arn: str
    created_at: str


class OidcProvider(Struct, frozen=True):
    """An IAM OIDC provider's details. ``issuer`` has no scheme.

    ``arn`` is empty where only the answer is there, which does not name the account.
    """

    issuer: str
    client_ids: tuple[str, ...]
    thumbprints: tuple[str, ...]
    arn: str = ""


class Certificate(Struct, frozen=True, rename="camel"):
    """An X.509 certificate: its SHA-1 in hexadecimal digits, which is its thumbprint, and between when it counts."""

    sha1: str
    subject: str = ""
    not_before: str = ""
    not_after: str = ""


class IssuerCertificates(Struct, frozen=True, rename="camel"):
    """The certificates that the host with an issuer's keys sends, its own first.

    ``public_authority`` tells whether they lead to one of Mozilla's authorities, None where they are not valid
    (expired, of another name); ``problem`` says why they do not, or are not.
    """

    issuer: str
    host: str
    public_authority: bool | None
    certificates: tuple[Certificate, ...]
    problem: str = ""


class InstanceProfile(Struct, frozen=True):
    """An instance profile and the role in it."""

    arn: str
    role_arns: tuple[str, ...]


class PolicyAttachments(Struct, frozen=True):
    """The managed policies attached to a role; ``role`` and ``account`` are empty where nothing says whose they are."""

    role: str
    policy_arns: tuple[str, ...]
    account: str = ""


class InlinePolicy(Struct, frozen=True):
    """A policy that is part of a role; ``account`` is empty where nothing says which one's."""

    role: str
    name: str
    document: Document
    account: str = ""


class InlinePolicyNames(Struct, frozen=True):
    """The names of a role's inline policies; ``role`` and ``account`` are empty where nothing says whose they are."""

    role: str
    names: tuple[str, ...]
    account: str = ""


class ManagedPolicy(Struct, frozen=True):
    """A managed policy and its default version's id."""

    arn: str
    default_version: str


class PolicyVersion(Struct, frozen=True):
    """A version of a managed policy; ``policy`` is its name or ARN, empty where nothing says which."""

    policy: str
    version: str
    is_default: bool
    document: Document


class CallerIdentity(Struct, frozen=True):
    """Who STS says the caller is."""

    arn: str
    account: str


class OrganizationPolicy(Struct, frozen=True):
    """A service or resource control policy. ``kind`` is SERVICE_CONTROL_POLICY or another type."""

    id: str
    kind: str
    document: Document


class OrganizationAttachments(Struct, frozen=True):
    """The control policies of one kind at one place; ``target`` is a root, unit or account, empty where not said."""

    target: str
    kind: str
    policies: tuple[str, ...]


class OrganizationParent(Struct, frozen=True):
    """What an account or a unit of an organization is in: a unit, or the root."""

    child: str
    parent: str


class ResourcePolicy(Struct, frozen=True):
    """The policy of a bucket, key, queue, topic, secret, repository or function.

    ``service`` is the prefix of its actions. ``resource`` is an ARN or a name, empty where nothing names it;
    ``document`` is None where the answer shows that there is no policy.
    """

    service: str
    resource: str
    document: Document | None


class KmsKey(Struct, frozen=True):
    """A KMS key. ``manager`` is AWS or CUSTOMER: what AWS manages nobody else can open or close."""

    arn: str
    manager: str
    state: str


class Encryption(Struct, frozen=True):
    """With which key a resource is encrypted.

    ``resource`` is an ARN or a name, ``key`` an ARN, id or alias, empty for a key of the service itself.
    """

    service: str
    resource: str
    key: str
