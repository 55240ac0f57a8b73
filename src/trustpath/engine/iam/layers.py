"""Which policies stand between a caller and a resource, and which of them reach this caller.

Source: iam-evaluation 4.1 and 4.2, eks-identity S21.
"""

from msgspec import Struct

from trustpath.engine.iam.document import Policy
from trustpath.engine.iam.principals import PolicyPlace
from trustpath.engine.iam.request import (
    AccountRoot,
    Anonymous,
    IamUser,
    OidcPrincipal,
    Request,
    RoleSession,
    SamlPrincipal,
    ServicePrincipal,
)
from trustpath.engine.iam.service_reference import services_with_resource_control
from trustpath.model.policy import TRUST_ACTIONS

Level = tuple[Policy, ...]


class Policies(Struct, frozen=True):
    """The policies of one question, by layer. None: there is no such layer.

    Control policies come level by level (root, each unit, account); AWS's own ``RCPFullAWSAccess`` is implied
    at every level of ``rcps``. A policy that could not be read stands in its place as an ``UnreadPolicy``.
    """

    identity: tuple[Policy, ...] = ()
    resource: Policy | None = None
    boundary: tuple[Policy, ...] | None = None
    session: tuple[Policy, ...] | None = None
    scps: tuple[Level, ...] | None = None
    rcps: tuple[Level, ...] | None = None


_SERVICE_LINKED = ":role/aws-service-role/"


def needs_resource_policy(action: str, resource: str) -> bool:
    """Return whether the resource's own policy has to allow, also in one account: roles and KMS keys."""
    if action in TRUST_ACTIONS:
        return ":role/" in resource
    return action.startswith("kms:") and ":key/" in resource


def place_of(request: Request) -> PolicyPlace:
    """Return what the resource's own policy is: the trust policy of a role, or any other."""
    return "trust" if request.action[:4].lower() == "sts:" and ":role/" in request.resource else "resource"


# STS API reference: these need no permission, and no policy stops them.
_FREE = frozenset({"sts:getcalleridentity", "sts:getsessiontoken"})
_OWN_BUCKET_POLICY = frozenset({"s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"})
# Calls that have to be signed, so that nobody makes them without credentials.
_SIGNED_SERVICES = ("iam:", "kms:", "sts:")
_WITH_TOKEN = frozenset({"sts:assumerolewithsaml", "sts:assumerolewithwebidentity"})
# A web identity has one call, root cannot assume a role, and who has credentials presents no token.
_NEVER_CALLS: dict[type, frozenset[str]] = {
    OidcPrincipal: frozenset({"sts:assumerole", "sts:assumerolewithsaml"}),
    SamlPrincipal: frozenset({"sts:assumerole", "sts:assumerolewithwebidentity"}),
    AccountRoot: _WITH_TOKEN | {"sts:assumerole"},
    IamUser: _WITH_TOKEN,
    RoleSession: _WITH_TOKEN,
    ServicePrincipal: _WITH_TOKEN,
    Anonymous: frozenset(),
}


def is_free(request: Request, action: str) -> bool:
    """Return whether every caller with credentials may make the call, also against a Deny.

    A role's session can ask who it is, and cannot ask for a session token.
    """
    principal = request.principal
    if action not in _FREE or not request.account:
        return False
    own = isinstance(principal, AccountRoot) or (isinstance(principal, IamUser) and not principal.federated)
    return own or action == "sts:getcalleridentity"


def can_call(request: Request, action: str) -> bool:
    """Return whether this kind of caller can make the call at all, whatever its policies say.

    A provider of another account is not looked up (O7), and what STS gives out for a federated user works
    neither with IAM nor with STS (STS API reference, and the comparison of its calls in the UG).
    """
    principal = request.principal
    if action in _NEVER_CALLS[type(principal)]:
        return False
    if isinstance(principal, OidcPrincipal):
        provider, account = principal.provider, request.resource_account
        return account in provider or ":oidc-provider/" not in provider
    if isinstance(principal, IamUser):
        return not (principal.federated and action.startswith(("iam:", "sts:")))
    return not (isinstance(principal, Anonymous) and action.startswith(_SIGNED_SERVICES))


def owns_the_policy(request: Request, action: str) -> bool:
    """Return whether no Deny of a bucket's policy stops the caller: the owner's root can always repair it.

    Source: S3 API reference, PutBucketPolicy and its siblings.
    """
    owner = request.resource_account or request.account
    return action in _OWN_BUCKET_POLICY and request.principal == AccountRoot(owner)


def has_identity(request: Request) -> bool:
    """Return whether the caller has policies of its own: an IAM user or a role's session."""
    return isinstance(request.principal, IamUser | RoleSession)


def scps_reach(request: Request) -> bool:
    """Return whether service control policies limit the caller.

    They limit users, roles and root of member accounts, not service-linked roles, and nobody who calls
    without an identity of the organization: services, web identities (S21).
    """
    principal = request.principal
    if isinstance(principal, RoleSession):
        return _SERVICE_LINKED not in principal.role_arn
    return isinstance(principal, IamUser | AccountRoot)


def rcps_reach(request: Request, action: str) -> bool:
    """Return whether resource control policies reach the call (iam-evaluation 4.1)."""
    if action == "kms:retiregrant" or _SERVICE_LINKED in request.resource:
        return False
    principal = request.principal
    if isinstance(principal, RoleSession) and _SERVICE_LINKED in principal.role_arn:
        return False
    return action.partition(":")[0] in services_with_resource_control()
