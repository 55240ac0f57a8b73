"""``trustpath decide iam``: questions to the IAM engine as JSON lines."""

from typing import Literal

import msgspec
from msgspec import Raw, Struct, field

from trustpath.engine.eks.canonical_arn import canonicalize
from trustpath.engine.iam.decision import Decision, decide
from trustpath.engine.iam.document import Policy, compile_policy
from trustpath.engine.iam.layers import Policies, needs_resource_policy
from trustpath.engine.iam.near_misses import (
    ActionMiss,
    ConditionMiss,
    Miss,
    PrincipalMiss,
    ResourceMiss,
    StatementResult,
)
from trustpath.engine.iam.refusals import always_refused
from trustpath.engine.iam.request import (
    UNKNOWN,
    Absent,
    AccountRoot,
    Anonymous,
    ContextValue,
    IamUser,
    OidcPrincipal,
    Present,
    Principal,
    Request,
    RequestContext,
    RoleSession,
    SamlPrincipal,
    ServicePrincipal,
)
from trustpath.model.arn import Arn
from trustpath.model.policy import PolicyKind, parse_policy

_RESULTS = {
    "allowed": "Allowed",
    "implicitly-denied": "ImplicitlyDenied",
    "explicitly-denied": "ExplicitlyDenied",
    "unknown": "Unknown",
}


class _Caller(Struct):
    type: Literal["iam-user", "role-session", "oidc", "saml", "service", "account-root", "anonymous"]
    arn: str | None = None
    role_arn: str | None = None
    provider: str | None = None
    name: str | None = None
    account: str | None = None


class _Asked(Struct):
    principal: _Caller
    action: str
    resource: str = "*"
    resource_account: str | None = None
    context: dict[str, str | bool | int | float | list[str | bool | int | float] | None] = field(default_factory=dict)


class _Layers(Struct):
    identity: list[Raw] | None = None
    resource: Raw = Raw(b"null")
    boundary: list[Raw] | None = None
    session: Raw = Raw(b"null")
    scps: list[list[Raw]] | None = None
    rcps: list[list[Raw]] | None = None


class _Question(Struct):
    request: _Asked
    policies: _Layers = field(default_factory=_Layers)
    unknown_context_keys: list[str] | None = None


def answer(line: Raw) -> dict[str, object]:
    """Answer one line. Raises ValueError (msgspec's) with one sentence where the line has another shape."""
    question = msgspec.json.decode(line, type=_Question)
    request = _request(question)
    decision = decide(request, _policies(question.policies, request))
    return {
        "result": _RESULTS[decision.result],
        "decided_by": decision.layer,
        "statements": [
            {"policy": item.policy.name, "index": item.statement.index, "sid": item.statement.sid}
            for item in decision.statements
        ],
        "unknown": list(decision.unknown),
        "near_misses": [_near_miss(item) for item in _nearest(decision)],
    }


def _nearest(decision: Decision) -> tuple[StatementResult, ...]:
    return () if decision.result == "allowed" else decision.near_misses[:10]


def _request(question: _Question) -> Request:
    asked = question.request
    known: dict[str, ContextValue] = {}
    for key, value in asked.context.items():
        if isinstance(value, list):
            known[key] = Present(tuple(map(_text, value)), multivalued=True)
        elif value is not None:
            known[key] = Present((_text(value),))
    for key in question.unknown_context_keys or ():
        known[key.lower()] = UNKNOWN
    principal = _principal(asked.principal, asked)
    account = asked.resource_account
    if account is None:
        arn = Arn.parse(asked.resource)
        # What AWS itself owns ("arn:aws:iam::aws:policy/…") belongs to no account.
        account = arn.account if arn and arn.account.isdigit() else ""
    return Request(principal, asked.action, asked.resource, RequestContext(known), account)


def _text(value: str | bool | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _principal(caller: _Caller, asked: _Asked) -> Principal:
    arn = Arn.parse(caller.arn or "")
    account = caller.account or (arn.account if arn else "")
    match caller.type:
        case "iam-user":
            return IamUser(_needed(caller.arn, "principal.arn"), _needed(account, "principal.account"))
        case "role-session":
            session = _needed(caller.arn, "principal.arn")
            return RoleSession(session, caller.role_arn or _role_of(session), _needed(account, "principal.account"))
        case "oidc":
            target = Arn.parse(asked.resource)
            partition = target.partition if target else "aws"
            provider = _needed(caller.provider, "principal.provider")
            return OidcPrincipal(provider, partition, asked.resource_account or account)
        case "saml":
            return SamlPrincipal(_needed(caller.provider, "principal.provider"))
        case "service":
            return ServicePrincipal(_needed(caller.name, "principal.name"))
        case "account-root":
            return AccountRoot(_needed(account or None, "principal.account"))
        case "anonymous":
            return Anonymous()


def _role_of(session: str) -> str:
    """Return the ARN of a session's role when the question leaves it out: a session's ARN shows no path."""
    principal = canonicalize(session)
    if isinstance(principal, str) or principal.type != "assumed-role":
        raise ValueError("`request.principal.role_arn` is missing, and `request.principal.arn` is no role session's")
    return principal.arn


def _needed(value: str | None, name: str) -> str:
    if not value:
        raise ValueError(f"`request.{name}` is missing")
    return value


def _policies(layers: _Layers, request: Request) -> Policies:
    trust = needs_resource_policy(request.action.lower(), request.resource) and request.action.lower().startswith(
        "sts:"
    )
    resource, session = bytes(layers.resource), bytes(layers.session)
    boundary, scps, rcps = layers.boundary, layers.scps, layers.rcps
    return Policies(
        _compiled("identity", "identity", layers.identity or []),
        None if resource == b"null" else _compile("resource", "trust" if trust else "resource", layers.resource),
        None if boundary is None else _compiled("boundary", "identity", boundary),
        None if session == b"null" else (_compile("session", "session", layers.session),),
        None if scps is None else tuple(_compiled(f"scps[{i}]", "scp", level) for i, level in enumerate(scps)),
        None if rcps is None else tuple(_compiled(f"rcps[{i}]", "rcp", level) for i, level in enumerate(rcps)),
    )


def _compiled(layer: str, kind: PolicyKind, documents: list[Raw]) -> tuple[Policy, ...]:
    return tuple(_compile(f"{layer}[{i}]", kind, document) for i, document in enumerate(documents))


def _compile(name: str, kind: PolicyKind, document: Raw) -> Policy:
    text = bytes(document).decode()
    return compile_policy(name, parse_policy(text), refused=always_refused(kind, text) is not None)


def _near_miss(result: StatementResult) -> dict[str, object]:
    return {
        "policy": result.policy,
        "index": result.statement.index,
        "sid": result.statement.sid,
        "misses": [_miss(miss) for miss in result.misses],
    }


def _miss(miss: Miss) -> dict[str, object]:
    known = "no" if miss.truth is False else "unknown"
    match miss:
        case PrincipalMiss():
            expected: list[str] = [entry.value for entry in miss.entries]
            return {"element": "NotPrincipal" if miss.negated else "Principal", "holds": known, "expected": expected}
        case ActionMiss():
            expected = [text.value for text in miss.actions]
            return {"element": "NotAction" if miss.negated else "Action", "holds": known, "expected": expected}
        case ResourceMiss():
            expected = [text.value for text in miss.resources]
            return {"element": "NotResource" if miss.negated else "Resource", "holds": known, "expected": expected}
        case ConditionMiss():
            return {
                "element": "Condition",
                "operator": miss.condition.operator,
                "key": miss.condition.key,
                "holds": known,
                "expected": [text.value for text in miss.condition.values],
                "got": _got(miss.got),
            }


def _got(value: ContextValue) -> object:
    if isinstance(value, Present):
        return list(value.values) if value.multivalued or len(value.values) != 1 else value.values[0]
    return None if isinstance(value, Absent) else "unknown"
