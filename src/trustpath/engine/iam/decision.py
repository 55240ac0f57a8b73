"""The verdict on a request over all layers of policies (iam-evaluation 4).

Any Deny that applies decides. Then every layer that limits the caller has to allow; which ones do depends on
how directly the resource's policy names the caller. Each part is true, false or not known (4.5): the result
is unknown exactly when what is not known could change it.
"""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from trustpath.engine.iam import correlation
from trustpath.engine.iam.document import CompiledPolicy, CompiledStatement, Policy
from trustpath.engine.iam.layers import (
    Policies,
    can_call,
    has_identity,
    is_free,
    needs_resource_policy,
    owns_the_policy,
    place_of,
    rcps_reach,
    scps_reach,
)
from trustpath.engine.iam.near_misses import StatementResult, explain
from trustpath.engine.iam.request import UNKNOWN, IamUser, Request
from trustpath.engine.iam.three_valued import Truth, every, some
from trustpath.model.policy import PolicyDocument

Result = Literal["allowed", "explicitly-denied", "implicitly-denied", "unknown"]
Layer = Literal["", "rcp", "scp", "resource", "identity", "boundary", "session"]


class Decision(Struct, frozen=True):
    """The verdict and what made it.

    ``layer`` decided: it denies, does not allow, or granted; empty where the result is unknown. ``statements``
    are those that grant or deny, or that are not decided. ``unknown`` names the context keys and the policies
    that would have to be known.
    """

    result: Result
    layer: Layer
    statements: tuple[CompiledStatement, ...]
    unknown: tuple[str, ...]
    request: Request
    policies: Policies

    @property
    def decided_by(self) -> tuple[StatementResult, ...]:
        """Return the statements that make the verdict, each with what is not known of it."""
        controls = {policy for level in self.policies.rcps or () for policy in level}
        return tuple(
            explain(statement, self.request, "control" if statement.policy in controls else None)
            for statement in self.statements
        )

    @property
    def near_misses(self) -> tuple[StatementResult, ...]:
        """Return the Allow statements that do not apply and what keeps them from it, nearest first."""
        found = [
            explain(statement, self.request)
            for policy in _all_policies(self.policies)
            if isinstance(policy, CompiledPolicy)
            for statement in policy.statements
            if statement.statement.effect == "Allow"
        ]
        missing = [result for result in found if result.applies is not True]
        return tuple(sorted(missing, key=lambda result: result.distance))


class _Allowed(Struct):
    """Whether one layer allows. ``by`` applies; ``open`` are the statements and policies that may."""

    truth: Truth = False
    by: CompiledStatement | None = None
    open: "tuple[CompiledStatement | Policy, ...]" = ()


class _Granted(Struct):
    """What the resource's policy grants to the caller, and how directly it names it."""

    named: Truth = False
    direct: Truth = False
    role: Truth = False
    statements: tuple[CompiledStatement, ...] = ()
    open: "tuple[CompiledStatement | Policy, ...]" = ()


_NO_LIMIT = _Allowed(True)
_NOTHING = _Allowed()
_NO_GRANT = _Granted()


def decide(request: Request, policies: Policies) -> Decision:
    """Return the verdict on a request."""
    decision = _decide(request, policies)
    if decision.result != "unknown":
        return decision
    # Named by a key that the request does not know, and not by a policy.
    if any(request.context.value(name) is not UNKNOWN for name in decision.unknown):
        return decision
    cases = correlation.cases(request, _all_policies(policies), decision.unknown)
    verdicts = [_decide(case, policies) for case in cases] if cases is not None else []
    results = {verdict.result for verdict in verdicts}
    if not results or (results - {"allowed"} and results - {"explicitly-denied", "implicitly-denied"}):
        return decision
    same = (
        verdicts[0] if len(results) == 1 else next(found for found in verdicts if found.result != "explicitly-denied")
    )
    return Decision(same.result, same.layer, same.statements, (), request, policies)


def _decide(request: Request, policies: Policies) -> Decision:
    action = request.action.lower()
    if is_free(request, action):
        return Decision("allowed", "", (), (), request, policies)
    own_policies = has_identity(request)
    scps = policies.scps if policies.scps and scps_reach(request) else ()
    rcps = policies.rcps if policies.rcps and rcps_reach(request, action) else ()

    open_denies: list[CompiledStatement | Policy] = []
    denied = _resource_side_deny(policies, rcps, action, request, open_denies)
    if denied is None and (own_policies or scps):
        denied = _own_side_deny(policies, scps, action, request, open_denies)
    if denied is not None:
        return Decision("explicitly-denied", denied[0], (denied[1],), (), request, policies)

    identity = boundary = session = _NO_LIMIT
    if own_policies:
        identity = _allowed(policies.identity, action, request)
        if policies.boundary is not None:
            boundary = _allowed(policies.boundary, action, request)
        if policies.session is not None:
            session = _allowed(policies.session, action, request)
        elif isinstance(request.principal, IamUser) and request.principal.federated:
            # Without a session policy such a session has no permissions of its own (GetFederationToken).
            session = _NOTHING
    if not can_call(request, action):
        return Decision("implicitly-denied", "resource", (), (), request, policies)
    grant = _granted(policies.resource, action, request) if policies.resource is not None else _NO_GRANT
    levels = [_allowed(level, action, request) for level in scps] if scps else []

    own_side = every((identity.truth, boundary.truth, session.truth))
    by_role = every((grant.role, boundary.truth, session.truth))
    # The identity policies are not enough: another account's resource, a role's trust, a key's policy, no account.
    resource_needed = request.elsewhere or not request.account or needs_resource_policy(action, request.resource)
    if not request.account:
        granted = grant.direct
    elif request.elsewhere:
        granted = every((grant.named, own_side))
    elif resource_needed:
        granted = some((grant.direct, by_role, every((grant.named, own_side))))
    else:
        granted = some((own_side, grant.direct, by_role))
    verdict = every((granted, *(level.truth for level in levels)))

    if verdict is False:
        layer: Layer = "scp" if granted is not False else _missing(grant, identity, boundary, needed=resource_needed)
        return Decision("implicitly-denied", layer, (), (), request, policies)
    if verdict is True and not open_denies:
        applied = tuple(item.by for item in (identity, boundary, session) if item.by is not None)
        own_enough = own_side is True and not resource_needed and not (grant.direct or grant.role)
        layer = "identity" if own_enough else "resource"
        return Decision("allowed", layer, grant.statements + applied, (), request, policies)

    undecided = list(open_denies)
    if granted is None:
        undecided.extend(grant.open)
    for item in (identity, boundary, session, *levels):
        undecided.extend(item.open)
    statements = tuple(item for item in dict.fromkeys(undecided) if isinstance(item, CompiledStatement))
    return Decision("unknown", "", statements, _names_of(undecided, request), request, policies)


def _missing(grant: _Granted, identity: _Allowed, boundary: _Allowed, *, needed: bool) -> Layer:
    """Return the layer that would have to allow and does not; the resource's policy where it is ``needed``."""
    if grant.named is False and needed:
        return "resource"
    if identity.truth is False:
        return "identity"
    return "boundary" if boundary.truth is False else "session"


def _resource_side_deny(
    policies: Policies,
    rcps: tuple[tuple[Policy, ...], ...],
    action: str,
    request: Request,
    found_open: list[CompiledStatement | Policy],
) -> tuple[Layer, CompiledStatement] | None:
    """Return a Deny of the resource's account that applies; add those that may to ``found_open``."""
    layers: list[tuple[Layer, tuple[Policy, ...]]] = [("rcp", level) for level in rcps]
    if policies.resource is not None and not owns_the_policy(request, action):
        layers.append(("resource", (policies.resource,)))
    for layer, statement in _deny_statements(layers, action, found_open):
        named = statement.naming(request, "control" if layer == "rcp" else place_of(request)).truth
        if _always_denied(statement, policies, request):
            named = True
        if named is False:
            continue
        applies = statement.applies(request)
        if applies is True and named is True:
            return layer, statement
        if applies is not False:
            found_open.append(statement)
    return None


def _always_denied(statement: CompiledStatement, policies: Policies, request: Request) -> bool:
    # A Deny with NotPrincipal denies every user and role with a permissions boundary, whoever it names
    # (UG, NotPrincipal).
    principals = statement.principals
    return principals is not None and principals.negated and policies.boundary is not None and has_identity(request)


def _own_side_deny(
    policies: Policies,
    scps: tuple[tuple[Policy, ...], ...],
    action: str,
    request: Request,
    found_open: list[CompiledStatement | Policy],
) -> tuple[Layer, CompiledStatement] | None:
    """Return a Deny of the caller's own policies that applies; add those that may to ``found_open``."""
    layers: list[tuple[Layer, tuple[Policy, ...]]] = [("scp", level) for level in scps]
    if has_identity(request):
        layers.append(("identity", policies.identity))
        if policies.boundary is not None:
            layers.append(("boundary", policies.boundary))
        if policies.session is not None:
            layers.append(("session", policies.session))
    for layer, statement in _deny_statements(layers, action, found_open):
        applies = statement.applies(request)
        if applies is True:
            return layer, statement
        if applies is None:
            found_open.append(statement)
    return None


def _deny_statements(
    layers: list[tuple[Layer, tuple[Policy, ...]]], action: str, found_open: list[CompiledStatement | Policy]
) -> Iterator[tuple[Layer, CompiledStatement]]:
    """Yield the Deny statements that cover an action; a policy that was not read may hold more of them."""
    for layer, level in layers:
        for policy in level:
            if isinstance(policy, CompiledPolicy):
                for statement in policy.candidates(action)[1]:
                    yield layer, statement
            else:
                found_open.append(policy)


def _allowed(policies: tuple[Policy, ...], action: str, request: Request) -> _Allowed:
    """Return whether one of the policies of a layer allows."""
    found_open: list[CompiledStatement | Policy] = []
    for policy in policies:
        if not isinstance(policy, CompiledPolicy):
            found_open.append(policy)
            continue
        for statement in policy.candidates(action)[0]:
            applies = statement.applies(request)
            if applies is True:
                return _Allowed(True, statement)
            if applies is None:
                found_open.append(statement)
    return _Allowed(None, None, tuple(found_open)) if found_open else _NOTHING


def _granted(policy: Policy, action: str, request: Request) -> _Granted:
    """Return what the resource's policy grants."""
    if not isinstance(policy, CompiledPolicy):
        return _Granted(None, None, None, (), (policy,))
    named: list[Truth] = []
    direct: list[Truth] = []
    role: list[Truth] = []
    applying: list[CompiledStatement] = []
    found_open: list[CompiledStatement | Policy] = []
    place = place_of(request)
    for statement in policy.candidates(action)[0]:
        naming = statement.naming(request, place)
        if naming.truth is False:
            continue
        applies = statement.applies(request)
        if applies is False:
            continue
        if applies is True and naming.truth is True:
            applying.append(statement)
        else:
            found_open.append(statement)
        named.append(every((applies, naming.truth)))
        direct.append(every((applies, naming.direct)))
        role.append(every((applies, naming.role)))
    if not named:
        return _NO_GRANT
    return _Granted(some(named), some(direct), some(role), tuple(applying), tuple(found_open))


def _names_of(undecided: list[CompiledStatement | Policy], request: Request) -> tuple[str, ...]:
    """Return the context keys that decide, or the policy where it is not a key."""
    names: list[str] = []
    for item in undecided:
        if isinstance(item, CompiledStatement):
            names.extend(item.unknown_keys(request) or (item.policy.name,))
        else:
            names.append(item.name)
    return tuple(dict.fromkeys(names))


def decide_trust(document: PolicyDocument, request: Request) -> Decision:
    """Return what a role's trust policy alone says to a request."""
    return decide(request, Policies(resource=_compiled_trust(document)))


_COMPILED: dict[int, tuple[PolicyDocument, CompiledPolicy]] = {}
_MOST_COMPILED = 50_000


def _compiled_trust(document: PolicyDocument) -> CompiledPolicy:
    """Return a trust policy ready for decisions: many service accounts ask about one and the same.

    A document is known by its identity, which cannot pass to another one while it is kept here.
    """
    known = _COMPILED.get(id(document))
    if known is None:
        if len(_COMPILED) >= _MOST_COMPILED:
            _COMPILED.clear()
        known = _COMPILED[id(document)] = (document, CompiledPolicy("trust policy", document))
    return known[1]


def denies(document: PolicyDocument, request: Request) -> Truth:
    """Return whether a resource control policy denies the request (S21)."""
    policies = Policies(rcps=((CompiledPolicy("rcp", document),),))
    found_open: list[CompiledStatement | Policy] = []
    level = policies.rcps if policies.rcps and rcps_reach(request, request.action.lower()) else ()
    if _resource_side_deny(policies, level, request.action.lower(), request, found_open) is not None:
        return True
    return None if found_open else False


def _all_policies(policies: Policies) -> list[Policy]:
    """Return the policies of all layers."""
    resource = () if policies.resource is None else (policies.resource,)
    levels = [policy for level in policies.scps or () for policy in level]
    controls = [policy for level in policies.rcps or () for policy in level]
    return [*resource, *policies.identity, *(policies.boundary or ()), *(policies.session or ()), *levels, *controls]
