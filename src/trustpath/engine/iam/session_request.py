"""The request that a role's session makes: which context keys AWS fills, and with what.

Source: the IAM User Guide's page on global condition keys, the Service Authorization Reference for the keys of
services, eks-identity P6 for the tags of Pod Identity.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from trustpath.engine.iam.request import (
    ABSENT,
    UNKNOWN,
    ContextValue,
    Present,
    Request,
    RequestContext,
    RoleSession,
)
from trustpath.engine.iam.service_reference import action_keys
from trustpath.model.arn import Arn, RoleArn

SessionOrigin = Literal["web-identity", "pod-identity", "instance", "chained"]


class Session(Struct, frozen=True):
    """A session of a role. ``name`` is empty where it is not known.

    ``role_tags`` are None where they were not read; ``unknown_tags`` are names of session tags whose values are not
    known. ``provider`` is the ARN of the OIDC provider that vouched for a web identity.
    """

    role: RoleArn
    origin: SessionOrigin
    name: str = ""
    session_tags: Mapping[str, str] = {}
    role_tags: Mapping[str, str] | None = None
    provider: str = ""
    unknown_tags: tuple[str, ...] = ()

    @property
    def principal(self) -> RoleSession:
        """Return the caller that policies see."""
        role = self.role
        arn = f"arn:{role.partition}:sts::{role.account}:assumed-role/{role.name}/{self.name or '…'}"
        return RoleSession(arn, str(role), role.account)


# Of a session that a workload has: nobody entered a code, and no service calls for it.
_ABSENT = frozenset(
    {
        "aws:calledvia",
        "aws:calledviafirst",
        "aws:calledvialast",
        "aws:chatbotsourcearn",
        "aws:multifactorauthage",
        "aws:multifactorauthpresent",
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:username",
    }
)


def session_request(
    session: Session,
    action: str,
    resource: str,
    resource_account: str = "",
    *,
    region: str = "",
    via: str = "",
    more: Mapping[str, ContextValue] = {},
) -> Request:
    """Return the request for an action on a resource.

    ``region`` is the one that the workload is set to, used where the resource names none. ``via`` is the host of
    the service that makes the call for the workload (``s3.eu-west-1.amazonaws.com``), as KMS sees it. ``more`` are
    further keys of this very call.
    """
    role = session.role
    arn = Arn.parse(resource)
    where = (arn.region if arn else "") or region
    known: dict[str, ContextValue] = {
        "aws:PrincipalArn": Present((str(role),)),
        "aws:PrincipalAccount": Present((role.account,)),
        "aws:PrincipalType": Present(("AssumedRole",)),
        "aws:PrincipalIsAWSService": Present(("false",)),
        "aws:SecureTransport": Present(("true",)),
        "aws:ViaAWSService": Present(("true" if via else "false",)),
        # The ARN of a bucket names no account, and neither does a star.
        "aws:ResourceAccount": Present((resource_account,)) if resource_account else UNKNOWN,
        "aws:FederatedProvider": Present((session.provider,)) if session.provider else ABSENT,
    }
    if where:
        known["aws:RequestedRegion"] = Present((where,))
    for key, value in {**(session.role_tags or {}), **session.session_tags}.items():
        known[f"aws:PrincipalTag/{key}"] = Present((value,))
    for key in session.unknown_tags:
        known[f"aws:PrincipalTag/{key}"] = UNKNOWN
    known.update(more)
    service = action.partition(":")[0].lower()
    if service == "kms":
        known["kms:CallerAccount"] = Present((role.account,))
        known["kms:ViaService"] = Present((via,)) if via else ABSENT
    keys = action_keys(action)

    def other(key: str) -> ContextValue:
        if key.startswith("aws:"):
            if key.startswith("aws:principaltag/"):
                return UNKNOWN if session.role_tags is None else ABSENT
            return ABSENT if key in _ABSENT and not via else UNKNOWN
        # A key of a service that the action does not have is not there, whatever a policy wants of it.
        return UNKNOWN if keys is None or any(known_key.covers(key) for known_key in keys) else ABSENT

    return Request(session.principal, action, resource, RequestContext(known, other), resource_account)


def resource_account_of(resource: str, own: str) -> str:
    """Return the account that owns a resource: the ARN's, else the caller's own, as for a bucket."""
    arn = Arn.parse(resource)
    return arn.account if arn and arn.account.isdigit() else own
