"""May a role's session do something? Gathers every policy between it and the resource, and asks the IAM engine.

Policies that grant have to be there. Those that only limit (control policies, a resource's own policy in the same
account) are counted as missing where something shows that they exist or were asked for; otherwise the verdict is
that of the policies that were read, and what was not is named beside it.
"""

from collections.abc import Mapping

from msgspec import Struct

from trustpath.engine.iam.decision import Decision, decide
from trustpath.engine.iam.document import CompiledPolicy, Policy, UnreadPolicy, compile_policy
from trustpath.engine.iam.layers import Policies, needs_resource_policy, rcps_reach, scps_reach
from trustpath.engine.iam.near_misses import ActionMiss, ResourceMiss, StatementResult, explain
from trustpath.engine.iam.refusals import always_refused
from trustpath.engine.iam.request import ContextValue, Request
from trustpath.engine.iam.service_reference import takes_no_resource
from trustpath.engine.iam.session_request import Session, resource_account_of, session_request
from trustpath.model.answers import Located
from trustpath.model.arn import RoleArn
from trustpath.model.fact import Absent, Denied, Fact, Known, Missing, NotCollected
from trustpath.model.iam import Document
from trustpath.model.policy import PolicyDocument, PolicyKind, parse_policy
from trustpath.model.policy_facts import FULL_ACCESS, ControlLevel
from trustpath.model.snapshot import Snapshot
from trustpath.model.source import Source
from trustpath.model.trace import Need
from trustpath.paths.links import Finding, need


class Evaluation(Struct, frozen=True):
    """The verdict on one action of a session.

    ``resource`` is what was decided about; ``sources`` the place of every policy by its name. ``missing`` are facts
    that the verdict lacks, ``unread`` policies that could still deny and that nothing points to. ``only_on`` are the
    Allow statements that cover the action on some resources, where the question names none. ``inline_unlisted``:
    the role may have inline policies that were not listed. ``may_deny`` are Deny statements of control policies that
    would apply, where what they are attached to was not read. ``doubtful`` are the names of policies of a unit of the
    organization that is not shown to be above the account.
    """

    session: Session
    action: str
    resource: str
    decision: Decision
    sources: dict[str, Source]
    missing: tuple[Missing, ...] = ()
    unread: tuple[Missing, ...] = ()
    only_on: tuple[StatementResult, ...] = ()
    inline_unlisted: bool = False
    may_deny: tuple[StatementResult, ...] = ()
    doubtful: frozenset[str] = frozenset()

    @property
    def denied(self) -> bool:
        """Return whether the policies that were read deny, also implicitly."""
        return self.decision.result in ("explicitly-denied", "implicitly-denied") and not self.only_on

    def statements(self) -> tuple[Finding, ...]:
        """Return the places of the statements that made the verdict."""
        return tuple(self.place(result) for result in self.decision.decided_by if result.policy in self.sources)

    def place(self, result: StatementResult, label: str = "") -> Finding:
        """Return the place of a statement."""
        name = result.statement.sid or f"statement {result.statement.index + 1}"
        return Finding(self.sources[result.policy].at(*result.statement.path), name, label or result.policy)

    def needs(self) -> tuple[Need, ...]:
        """Return what has to be known for a verdict."""
        found = [need(fact) for fact in self.missing]
        keys = [name for name in self.decision.unknown if ":" in name and name not in self.sources]
        if keys:
            found.append(Need("the request's values of " + ", ".join(keys)))
        return tuple(found)


ANYBODY = parse_policy(
    '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "*", "Resource": "*"}]}'
)
"""Allows everybody, and leaves the decision to the caller's own policies."""
OPEN_TRUST = parse_policy('{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:*"}]}')
"""Trusts everyone, so that what stands above it decides."""


class _Gathered:
    """Collects policies with their places, and what is missing."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.sources: dict[str, Source] = {}
        self.missing: list[Missing] = []
        self.unread: list[Missing] = []
        self.may_deny: list[StatementResult] = []
        self.doubtful: set[str] = set()

    def compiled(self, name: str, kind: PolicyKind, document: Located[Document] | Missing) -> Policy:
        if not isinstance(document, Located):
            self.missing.append(document)
            return UnreadPolicy(name)
        self.sources[name] = document.source
        text = document.value.text if isinstance(document.value, PolicyDocument) else ""
        policy = compile_policy(name, document.value, refused=bool(text) and always_refused(kind, text) is not None)
        if isinstance(policy, UnreadPolicy):
            self.missing.append(NotCollected(f"{name}: {policy.problem}", ""))
        return policy

    def unread_policy(self, name: str, fact: Missing) -> Policy:
        self.missing.append(fact)
        return UnreadPolicy(name)


def evaluate(
    snapshot: Snapshot,
    session: Session,
    action: str,
    resource: str,
    *,
    region: str = "",
    via: str = "",
    session_policy: Located[Document] | None = None,
    more: Mapping[str, ContextValue] = {},
) -> Evaluation:
    """Return the verdict on an action. An empty ``resource`` asks for the action as such.

    ``via`` is the host of the service that makes the call for the session. ``session_policy`` narrows the session,
    ``more`` are further context keys of this very call.
    """
    asked = resource or "*"
    account = resource_account_of(asked, "")
    request = session_request(session, action, asked, account, region=region, via=via, more=more)
    gathered = _Gathered(snapshot)
    policies = Policies(
        identity=_identity(gathered, session.role),
        boundary=_boundary(gathered, session.role),
        session=None if session_policy is None else (gathered.compiled("session policy", "session", session_policy),),
        resource=_resource(gathered, request) if resource else None,
        scps=_controls(gathered, "SERVICE_CONTROL_POLICY", session.role.account, request),
        rcps=_controls(gathered, "RESOURCE_CONTROL_POLICY", account or session.role.account, request),
    )
    decision = decide(request, policies)
    role = _role_policies(snapshot, session.role)
    only_on: tuple[StatementResult, ...] = ()
    if not resource and not takes_no_resource(action):
        if decision.result == "implicitly-denied":
            only_on = _on_some_resources(policies, request)
        elif decision.result == "explicitly-denied":
            # Asked of no resource, a Deny counts only where it covers them all.
            only_on = tuple(result for result in decision.decided_by if not _is_on_everything(result))
    return Evaluation(
        session,
        action,
        resource,
        decision,
        gathered.sources,
        tuple(dict.fromkeys(gathered.missing)) if decision.result == "unknown" else (),
        tuple(gathered.unread),
        only_on,
        role is not None and not role,
        tuple(gathered.may_deny),
        frozenset(gathered.doubtful),
    )


def evaluate_controls(snapshot: Snapshot, request: Request, role: RoleArn) -> Evaluation | None:
    """Return what the resource control policies above a role's account say to a call for the role.

    None where none was read. Nothing but a Deny of theirs counts here.
    """
    gathered = _Gathered(snapshot)
    rcps = _controls(gathered, "RESOURCE_CONTROL_POLICY", role.account, request)
    if rcps is None:
        return None
    everyone = compile_policy("trust", OPEN_TRUST)
    decision = decide(request, Policies(resource=everyone, rcps=rcps))
    session = Session(role, "web-identity")
    return Evaluation(session, request.action, request.resource, decision, gathered.sources, tuple(gathered.missing))


def _role_policies(snapshot: Snapshot, arn: RoleArn) -> bool | None:
    """Return whether the inline policies of a role are all known, None where the role was not read."""
    fact = snapshot.aws.role(arn)
    return snapshot.policies.of_role(fact.value.value).inline_listed if isinstance(fact, Known) else None


def _identity(gathered: _Gathered, arn: RoleArn) -> tuple[Policy, ...]:
    fact = gathered.snapshot.aws.role(arn)
    if not isinstance(fact, Known):
        missing = fact if isinstance(fact, Denied | NotCollected) else NotCollected(fact.what, "")
        return (gathered.unread_policy(f"the policies of role {arn.name}", missing),)
    found = gathered.snapshot.policies.of_role(fact.value.value)
    policies = [gathered.compiled(f"policy {item.name}", "identity", item.document) for item in found.policies]
    policies += [gathered.unread_policy(item.what, item) for item in found.missing]
    return tuple(policies)


def _boundary(gathered: _Gathered, arn: RoleArn) -> tuple[Policy, ...] | None:
    fact = gathered.snapshot.aws.role(arn)
    if not isinstance(fact, Known):
        return None
    role = fact.value.value
    if role.boundary:
        name = f"boundary {role.boundary.rpartition('/')[2]}"
        return (gathered.compiled(name, "identity", gathered.snapshot.policies.managed(role.boundary)),)
    if not role.boundary_known:
        command = f"aws iam get-role --role-name {role.name} > iam-get-role.{role.name}.json"
        missing = NotCollected(
            f"whether role {role.name} has a permissions boundary (list-roles leaves it out)", command
        )
        return (gathered.unread_policy("the permissions boundary", missing),)
    return None


def _resource(gathered: _Gathered, request: Request) -> Policy | None:
    service = request.action.partition(":")[0].lower()
    if service == "sts":
        return _trust(gathered, request.resource)
    required = request.elsewhere or needs_resource_policy(request.action.lower(), request.resource)
    key = gathered.snapshot.policies.key(request.resource) if service == "kms" else None
    if key is not None and key.value.manager == "AWS":
        # The policy of a key that AWS manages lets the account's callers use it through its service.
        return compile_policy("the key's policy", ANYBODY)
    fact: Fact[Located[Document]] = gathered.snapshot.policies.resource_policy(service, request.resource)
    match fact:
        case Known(located):
            return gathered.compiled(f"the policy of {request.resource}", "resource", located)
        case Absent():
            return None
        case missing if required:
            return gathered.unread_policy(f"the policy of {request.resource}", missing)
        case Denied() as refused:
            return gathered.unread_policy(f"the policy of {request.resource}", refused)
        case NotCollected() as not_collected:
            gathered.unread.append(not_collected)
            return None


def _trust(gathered: _Gathered, resource: str) -> Policy | None:
    arn = RoleArn.parse(resource)
    if arn is None:
        return None
    fact = gathered.snapshot.aws.role(arn)
    if isinstance(fact, Known):
        role = fact.value
        place = Located(role.value.trust, role.source.at("AssumeRolePolicyDocument"))
        return gathered.compiled(f"the trust policy of {arn.name}", "trust", place)
    if isinstance(fact, Absent):
        return None
    return gathered.unread_policy(f"the trust policy of {arn.name}", fact)


def _controls(gathered: _Gathered, kind: str, account: str, request: Request) -> tuple[tuple[Policy, ...], ...] | None:
    reach = scps_reach(request) if kind == "SERVICE_CONTROL_POLICY" else rcps_reach(request, request.action.lower())
    if not reach:
        return None
    fact: Fact[tuple[ControlLevel, ...]] = gathered.snapshot.policies.control_policies(kind, account)
    policy_kind: PolicyKind = "scp" if kind == "SERVICE_CONTROL_POLICY" else "rcp"
    match fact:
        case Known(levels):
            unread = gathered.snapshot.policies.unread_above(account) if kind == "SERVICE_CONTROL_POLICY" else None
            if unread is not None:
                gathered.unread.append(unread)
            return tuple(_level(gathered, policy_kind, level, request) for level in levels)
        case Absent():
            return None
        case missing if gathered.snapshot.policies.points_to(kind):
            return ((gathered.unread_policy(missing.what, missing),),)
        case missing:
            gathered.unread.append(missing)
            return None


def _level(gathered: _Gathered, kind: PolicyKind, level: ControlLevel, request: Request) -> tuple[Policy, ...]:
    policies = [gathered.compiled(f"{kind.upper()} {item.name}", kind, item.document) for item in level.policies]
    if level.doubtful:
        gathered.doubtful.update(policy.name for policy in policies)
    if level.target != "?":
        return tuple(policies)
    # Read without what it is attached to: it may be anywhere, and so may others that were not read.
    for policy in policies:
        if isinstance(policy, CompiledPolicy):
            gathered.may_deny.extend(
                explain(statement, request, "control")
                for statement in policy.candidates(request.action.lower())[1]
                if statement.applies(request) is not False
            )
    what = "service" if kind == "scp" else "resource"
    command = f"aws organizations list-policies-for-target --target-id {request.account} --filter {what.upper()}"
    missing = NotCollected(
        f"what the {what} control policies are attached to", f"{command}_CONTROL_POLICY > control-policies.json"
    )
    return (_OPEN, gathered.unread_policy(missing.what, missing))


_OPEN = compile_policy("full access", FULL_ACCESS)


def _is_on_everything(result: StatementResult) -> bool:
    resources = result.statement.resources
    return resources is not None and any(text.value == "*" for text in resources)


def _on_some_resources(policies: Policies, request: Request) -> tuple[StatementResult, ...]:
    """Return the Allow statements of the identity policies that cover the action on resources that they name."""
    found = []
    for policy in policies.identity:
        if not isinstance(policy, CompiledPolicy):
            continue
        for statement in policy.candidates(request.action.lower())[0]:
            result = explain(statement, request)
            misses = [miss for miss in result.misses if miss.truth is False]
            if any(isinstance(miss, ResourceMiss) for miss in misses) and not any(
                isinstance(miss, ActionMiss) for miss in misses
            ):
                found.append(result)
    return tuple(found)
