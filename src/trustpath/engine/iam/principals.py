"""Does a Principal element name the caller, and how directly?

Source: iam-evaluation 1.2 and 4.1, eks-identity S7 and S8. How the caller is named decides which other layers
still have to allow the request.
"""

import re
from typing import Literal

from msgspec import Struct

from trustpath.engine.iam.request import (
    AccountRoot,
    Anonymous,
    IamUser,
    OidcPrincipal,
    Present,
    Request,
    RoleSession,
    SamlPrincipal,
    ServicePrincipal,
    Unknown,
)
from trustpath.engine.iam.three_valued import Truth
from trustpath.model.arn import OidcProviderArn
from trustpath.model.policy import PrincipalEntry

_ACCOUNT = re.compile(r"[0-9]{12}")
_ROOT = re.compile(r"arn:[a-z-]+:iam::([0-9]{12}):root")


PolicyPlace = Literal["resource", "trust", "control"]
"""Where a Principal element stands: a resource's policy, a role's trust policy, a resource control policy."""


class Naming(Struct, frozen=True):
    """How an element names the caller. ``truth`` is whether it does at all.

    ``direct``: the user, the session, the service or everyone: nothing else has to allow it. ``role``: by the
    role's ARN, so that boundary and session policy still limit it. Neither: by its account, which delegates
    to that account's identity policies.
    """

    truth: Truth
    direct: Truth = False
    role: Truth = False


NOT_NAMED = Naming(False)
_DIRECT = Naming(True, direct=True)
_BY_ROLE = Naming(True, role=True)
_BY_ACCOUNT = Naming(True)
NOT_KNOWN = Naming(None, direct=None, role=None)


class CompiledPrincipals:
    """The entries of a Principal or NotPrincipal element, sorted by kind.

    ``everyone`` is the bare star; ``{"AWS": "*"}`` is in ``aws_star``.
    """

    __slots__ = ("_accounts", "_arns", "_federated", "_ids", "_services", "aws_star", "entries", "everyone", "negated")

    def __init__(self, entries: tuple[PrincipalEntry, ...], *, negated: bool) -> None:
        """Sort the entries; ``negated`` for NotPrincipal."""
        self.entries, self.negated = entries, negated
        named = {kind: {entry.value for entry in entries if entry.kind == kind} for kind in ("AWS", "Federated")}
        self.everyone = any(entry.kind == "*" for entry in entries)
        self.aws_star = "*" in named["AWS"]
        roots = {value: match[1] for value in named["AWS"] if (match := _ROOT.fullmatch(value))}
        self._accounts = frozenset(roots.values()) | {value for value in named["AWS"] if _ACCOUNT.fullmatch(value)}
        self._arns = frozenset(named["AWS"]) - roots.keys()
        # IAM shows the unique id in place of the ARN once the user or role is deleted.
        self._ids = frozenset(value for value in named["AWS"] if value.isalnum() and not value.isdigit())
        self._federated = frozenset(named["Federated"])
        self._services = frozenset(entry.value for entry in entries if entry.kind == "Service")

    def names(self, request: Request, policy: PolicyPlace, *, deny: bool) -> Naming:
        """Return how the element names the caller of a request; what a star means depends on the policy."""
        caller = request.principal
        if isinstance(caller, OidcPrincipal | SamlPrincipal):
            return self._federated_naming(caller, deny=deny, everyone=policy == "control")
        if self.everyone:
            return _DIRECT
        if isinstance(caller, ServicePrincipal):
            if caller.name in self._services:
                return _DIRECT
            if not self.aws_star:
                return NOT_NAMED
            # In resource policies a star also means AWS services; whether it does in a role's trust is not
            # documented.
            return NOT_KNOWN if policy == "trust" else _DIRECT
        if self.aws_star:
            return _DIRECT
        if isinstance(caller, Anonymous):
            return NOT_NAMED
        return self._aws_naming(caller, request)

    def _aws_naming(self, caller: IamUser | RoleSession | AccountRoot, request: Request) -> Naming:
        if isinstance(caller, AccountRoot):
            return _BY_ACCOUNT if caller.account in self._accounts else NOT_NAMED
        if caller.arn in self._arns:
            return _DIRECT
        role = isinstance(caller, RoleSession)
        if isinstance(caller, RoleSession) and caller.role_arn in self._arns:
            return _BY_ROLE
        by_id = self._by_id(request)
        if by_id:
            return _BY_ROLE if role else _DIRECT
        # The name of a federated user is free: which user of the account made it is not known.
        by_maker = None if isinstance(caller, IamUser) and caller.federated and self._users_of(caller) else False
        in_account = caller.account in self._accounts
        if by_id is None or by_maker is None:
            by_role = None if role or by_maker is None else False
            return Naming(in_account or None, direct=None if by_id is None and not role else False, role=by_role)
        return _BY_ACCOUNT if in_account else NOT_NAMED

    def _by_id(self, request: Request) -> Truth:
        if not self._ids:
            return False
        userid = request.context["aws:userid"]
        if isinstance(userid, Unknown):
            return None
        return isinstance(userid, Present) and userid.values[0].partition(":")[0] in self._ids

    def _users_of(self, caller: IamUser) -> bool:
        return any(f":iam::{caller.account}:user/" in arn for arn in self._arns)

    def unknown_keys(self, request: Request) -> tuple[str, ...]:
        """Return the context key that the element asks for and that is not known: a unique id is the caller's."""
        return ("aws:userid",) if self._ids and isinstance(request.context["aws:userid"], Unknown) else ()

    def _federated_naming(self, caller: OidcPrincipal | SamlPrincipal, *, deny: bool, everyone: bool) -> Naming:
        if (self.everyone or self.aws_star) and everyone:
            return _DIRECT
        if caller.provider and caller.provider in self._federated:
            return _DIRECT
        if self.everyone or (self.aws_star and deny):
            # IAM refuses the bare star in a trust policy, so what it would cover is not recorded (X13);
            # {"AWS": "*"} in an Allow does not cover such a caller (recorded), in a Deny it is not known.
            return NOT_KNOWN
        if not caller.provider and isinstance(caller, OidcPrincipal) and self._may_be_provider(caller):
            return NOT_KNOWN
        return NOT_NAMED

    def _may_be_provider(self, caller: OidcPrincipal) -> bool:
        named = (OidcProviderArn.parse(value) for value in self._federated)
        return any(arn and (arn.partition, arn.account) == (caller.partition, caller.account) for arn in named)

    def excepts(self, request: Request) -> Truth:
        """Return whether a NotPrincipal element leaves the caller out (iam-evaluation 1.2).

        A user needs its own ARN and its account's, a session those of session, role and account; where one of
        the last two is missing, the documentation says that the request may be denied.
        """
        caller = request.principal
        if self.everyone or (self.aws_star and not isinstance(caller, ServicePrincipal)):
            return True
        if not isinstance(caller, IamUser | RoleSession):
            return self.names(request, "resource", deny=False).truth
        in_account = caller.account in self._accounts
        if isinstance(caller, IamUser):
            return False if caller.arn not in self._arns else in_account or None
        by_session, by_role = caller.arn in self._arns, caller.role_arn in self._arns
        if by_session and by_role and in_account:
            return True
        return None if by_role else False
