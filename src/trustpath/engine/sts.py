"""AssumeRoleWithWebIdentity as STS judges it.

Source: eks-identity S2 (order), 5.3 (context), iam-evaluation 4.3 (recorded context).
"""

from msgspec import Struct

from trustpath.engine.iam.request import (
    ABSENT,
    UNKNOWN,
    ContextValue,
    OidcPrincipal,
    Present,
    Request,
    RequestContext,
)
from trustpath.model.arn import OidcProviderArn, RoleArn

ACTION = "sts:AssumeRoleWithWebIdentity"
DEFAULT_AUDIENCE = "sts.amazonaws.com"

_PARTITIONS = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "eusc-": "aws-eusc",
}


def partition_of(region: str) -> str:
    """Return the partition of a region, by the start of its name (T15)."""
    return next((partition for start, partition in _PARTITIONS.items() if region.startswith(start)), "aws")


# Keys that such a call never carries (5.3, iam-evaluation 4.3): the caller has no IAM identity yet, EKS
# tokens carry no session tags, and no AWS service calls on its behalf.
_ABSENT = frozenset(
    {
        "aws:multifactorauthage",
        "aws:multifactorauthpresent",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:tagkeys",
        "aws:tokenissuetime",
        "aws:username",
        "sts:externalid",
        "sts:sourceidentity",
        "sts:transitivetagkeys",
    }
)
# Other issuers than clusters can put session tags and a source identity into their tokens.
_FROM_THE_TOKEN = frozenset({"aws:tagkeys", "sts:sourceidentity", "sts:transitivetagkeys"})
NEVER_IN_A_WEB_IDENTITY_CALL = _ABSENT - _FROM_THE_TOKEN
"""Keys in lower case that no call with a web identity carries, whoever issued its token."""
_ABSENT_PREFIXES = ("aws:principaltag/", "aws:requesttag/", "aws:calledvia", "saml:", "www.amazon.com:")
# Keys of AWS that depend on the network, the clock or the client. Any other name of these services that
# is not listed above may be newer than this table, so it is not known either.
_AWS_PREFIXES = ("aws:", "sts:", "iam:", "ec2:")


class WebIdentityCall(Struct, frozen=True):
    """A pod presents its token for a role.

    ``issuer`` has no scheme; it and ``audience`` are empty while they are not known.
    """

    role: RoleArn
    subject: str
    issuer: str
    audience: str

    @property
    def provider(self) -> OidcProviderArn | None:
        """Return the provider that STS looks for: the token's issuer in the role's account (O7)."""
        return OidcProviderArn(self.role.partition, self.role.account, self.issuer) if self.issuer else None


def subject(namespace: str, service_account: str) -> str:
    """Return the ``sub`` claim of a service account's token (W21)."""
    return f"system:serviceaccount:{namespace}:{service_account}"


def trust_request(call: WebIdentityCall) -> Request:
    """Return the request that the role's trust policy has to judge."""
    provider = str(call.provider) if call.provider else ""
    known: dict[str, ContextValue] = {
        "aws:PrincipalAccount": Present((call.role.account,)),
        "aws:PrincipalType": Present(("User",)),
        "aws:PrincipalIsAWSService": Present(("false",)),
        "aws:ViaAWSService": Present(("false",)),
        "aws:SecureTransport": Present(("true",)),
        "aws:ResourceAccount": Present((call.role.account,)),
        "sts:RoleAuthorizedByIdp": Present(("false",)),
    }
    if provider:
        known["aws:userid"] = Present((provider,))
        known[f"{call.issuer}:sub"] = Present((call.subject,))
        known[f"{call.issuer}:aud"] = Present((call.audience,)) if call.audience else UNKNOWN
    issuer = call.issuer.lower()

    def other(key: str) -> ContextValue:
        if key in _ABSENT or key.startswith(_ABSENT_PREFIXES):
            return ABSENT
        if key.startswith(_AWS_PREFIXES):
            return UNKNOWN
        # Claim keys carry the issuer's name (S10). Another issuer's key is simply not there.
        return ABSENT if issuer or ":" not in key else UNKNOWN

    principal = OidcPrincipal(provider, call.role.partition, call.role.account)
    context = RequestContext(known, other)
    return Request(principal, ACTION, str(call.role), context, call.role.account)
