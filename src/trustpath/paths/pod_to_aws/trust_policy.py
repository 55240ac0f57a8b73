"""The eighth link: the role's trust policy admits the pod's call."""

from shlex import quote

from trustpath.engine import sts
from trustpath.engine.iam.decision import Decision, decide_trust, denies
from trustpath.engine.iam.near_misses import ConditionMiss
from trustpath.engine.iam.refusals import always_refused
from trustpath.engine.iam.request import Request
from trustpath.model.answers import Located
from trustpath.model.fact import Absent, Known
from trustpath.model.iam import OrganizationPolicy, Role
from trustpath.model.policy import MalformedPolicy, PolicyDocument
from trustpath.model.source import Source
from trustpath.model.trace import Need
from trustpath.paths.links import NOT_REACHED, Finding, LinkResult, broken, ok, unknown, unread
from trustpath.paths.pod_to_aws.pod_identity_trust import judge_pod_identity
from trustpath.paths.pod_to_aws.trust_misses import nearest_statement
from trustpath.paths.pod_to_aws.walk import TrustVerdict, Walk
from trustpath.paths.role_permissions import Evaluation, evaluate_controls


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    if walk.method == "node":
        return LinkResult("not-applicable", "the node's role")
    if walk.role_arn is None:
        return NOT_REACHED
    if walk.role is None:
        missing = walk.snapshot.aws.role(walk.role_arn)
        if isinstance(missing, Known | Absent):
            return NOT_REACHED
        return unknown(f"the role's trust policy {unread(missing)}", missing)
    document = _document(walk, walk.role)
    if isinstance(document, LinkResult):
        return document
    if walk.method == "pod-identity":
        return judge_pod_identity(walk, walk.role, document)
    if not walk.account_name or walk.foreign_token:
        return NOT_REACHED
    call = walk.role_call(walk.role_arn)
    request = sts.trust_request(call)
    decision = decide_trust(document, request)
    walk.trust = TrustVerdict(walk.role, call, decision, nearest_statement(decision, call, walk.snapshot.aws))
    return _result(walk, walk.role, decision, request)


def _document(walk: Walk, role: Located[Role]) -> PolicyDocument | LinkResult:
    """Return the trust policy, or what is to say when IAM would not take it or it cannot be judged."""
    trust, policy = role.value.trust, role.source.at("AssumeRolePolicyDocument")
    as_iam_has_it = f"aws iam get-role --role-name {quote(role.value.name)}"
    if isinstance(trust, MalformedPolicy) and not trust.is_json:
        return unknown(
            f"the role's trust policy cannot be read: {trust.problem}",
            Need("the role's trust policy", as_iam_has_it),
            evidence=(Finding(policy, trust.problem),),
        )
    if isinstance(trust, MalformedPolicy):
        return _refused(walk, policy, trust)
    # What the document names wrongly is told by the evaluation, in more detail. What IAM itself gave, IAM took.
    refused = None if policy.is_answer else always_refused("trust", trust.text, names=False)
    if refused is not None:
        return _refused(walk, policy, MalformedPolicy(refused.problem, refused.path))
    if trust.doubled:
        return unknown(
            f"`{trust.doubled[0][-1]}` stands twice in one object of the trust policy: "
            "what the first one demands may be lost",
            Need("the document as IAM has it", as_iam_has_it),
            evidence=(Finding(policy.at(*trust.doubled[0]), "", "stands twice", key=True),),
        )
    return trust


def _refused(walk: Walk, policy: Source, fault: MalformedPolicy) -> LinkResult:
    walk.malformed_trust = fault
    place = Finding(policy.at(*fault.path), fault.problem)
    return broken(f"IAM would refuse this trust policy: {fault.problem}", place)


def _result(walk: Walk, located: Located[Role], decision: Decision, request: Request) -> LinkResult:
    role, policy = located.value, located.source.at("AssumeRolePolicyDocument")
    evidence = tuple(
        Finding(
            policy.at(*result.statement.path),
            result.statement.sid or f"statement {result.statement.index + 1}",
        )
        for result in decision.decided_by
    )
    match decision.result:
        case "allowed" if denied := _denied_above(walk, request):
            return broken(
                "trusts the pod, and a resource control policy denies the call",
                *denied.statements(),
                expected="no Deny that applies",
                got="a Deny statement",
            )
        case "allowed" if above := _resource_control_policies(walk):
            names = ", ".join(item.value.id for item in above)
            return unknown(
                f"trusts {walk.subject}, but resource control policy {names} may deny the call",
                Need("what the policy is attached to", "aws organizations list-targets-for-policy --policy-id ID"),
                evidence=tuple(Finding(item.source, item.value.id) for item in above),
            )
        case "allowed":
            return ok(f"trusts {walk.subject}", *evidence)
        case "unknown":
            return unknown(
                "whether it trusts this pod depends on facts that are not known", *_trust_needs(walk, decision)
            )
        case "explicitly-denied":
            return broken(f"role {role.name} denies this pod by a Deny statement", *evidence)
        case _:
            return broken(
                f"role {role.name} does not trust this pod",
                Finding(policy, "", "trust policy"),
                expected=f"a statement that admits {walk.subject}",
                got="none applies",
            )


def _denied_above(walk: Walk, request: Request) -> Evaluation | None:
    """Return the verdict of the resource control policies that are attached above the role's account (S21)."""
    if walk.trust is None:
        return None
    found = evaluate_controls(walk.snapshot, request, walk.trust.call.role)
    walk.trust_controls = found
    return found if found is not None and found.decision.result == "explicitly-denied" else None


def _resource_control_policies(walk: Walk) -> list[Located[OrganizationPolicy]]:
    """Return the resource control policies that deny the call, or may (S21)."""
    if walk.trust is None:
        return []
    if walk.trust_controls is not None and walk.trust_controls.decision.result != "unknown":
        return []
    policies = walk.snapshot.aws.resource_control_policies()
    if not policies:
        return []
    request = sts.trust_request(walk.trust.call)
    return [
        item
        for item in policies
        if not isinstance(item.value.document, PolicyDocument) or denies(item.value.document, request) is not False
    ]


def _trust_needs(walk: Walk, decision: Decision) -> tuple[Need, ...]:
    if walk.issuer is None:
        return (Need("the cluster's OIDC issuer", "aws eks describe-cluster --name NAME"),)
    if not walk.audience:
        return (Need("the token's audience", f"kubectl get pod NAME -n {walk.namespace} -o yaml"),)
    keys = {
        miss.condition.key
        for result in (*decision.decided_by, *decision.near_misses)
        for miss in result.misses
        if isinstance(miss, ConditionMiss) and miss.truth is None
    }
    return (Need("the request's values of " + ", ".join(sorted(keys)) if keys else "who `*` covers here"),)
