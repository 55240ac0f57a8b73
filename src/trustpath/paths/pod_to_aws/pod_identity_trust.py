"""What a role's trust policy says to EKS Pod Identity: two actions, each of which it has to allow (P5)."""

from trustpath.engine.eks import pod_identity
from trustpath.engine.iam.decision import Decision, decide_trust
from trustpath.engine.iam.near_misses import ActionMiss, ConditionMiss, PrincipalMiss, StatementResult
from trustpath.model.answers import Located
from trustpath.model.arn import RoleArn
from trustpath.model.iam import Role
from trustpath.model.policy import PolicyDocument
from trustpath.model.trace import Need
from trustpath.paths.links import NOT_REACHED, Finding, LinkResult, broken, ok, unknown
from trustpath.paths.pod_to_aws.walk import PodIdentityTrust, Walk


def judge_pod_identity(walk: Walk, role: Located[Role], document: PolicyDocument) -> LinkResult:
    """Return whether the trust policy lets EKS Auth assume the role for this pod."""
    arn, association = RoleArn.parse(role.value.arn), walk.association
    if arn is None or association is None:
        return NOT_REACHED
    disabled = association.value.session_tags_disabled
    uid = walk.metadata.uid if walk.pod else ""
    name = walk.metadata.name if walk.pod else ""
    tags, unknown_tags = pod_identity.session_tags(
        walk.cluster_arn,
        association.value.cluster or walk.cluster_name,
        walk.namespace,
        walk.account_name,
        name,
        uid or "",
    )
    account = walk.cluster_arn.split(":")[4] if walk.cluster_arn else arn.account
    call = pod_identity.PodIdentityCall(
        arn, walk.cluster_arn, account, {} if disabled else tags, () if disabled else unknown_tags
    )
    decisions = {
        action: decide_trust(document, pod_identity.trust_request(call, action))
        for action in (pod_identity.ASSUME_ROLE, pod_identity.TAG_SESSION)
    }
    walk.pod_identity_trust = PodIdentityTrust(role, call, decisions)
    return _result(walk, role, decisions, tags_disabled=disabled)


def _result(walk: Walk, role: Located[Role], decisions: dict[str, Decision], *, tags_disabled: bool) -> LinkResult:
    policy = role.source.at("AssumeRolePolicyDocument")
    for action, decision in decisions.items():
        if decision.result in ("allowed", "unknown"):
            continue
        if action == pod_identity.TAG_SESSION and tags_disabled:
            # X14: whether it is needed then is not documented.
            return unknown(
                f"trusts {pod_identity.SERVICE} for {pod_identity.ASSUME_ROLE}; whether {action} is needed while "
                "session tags are switched off is not documented",
                Need("what EKS Auth answers", "the log of eks-pod-identity-agent on the pod's node"),
            )
        return broken(
            f"role {role.value.name} does not let EKS Pod Identity call {action}",
            Finding(policy, "", "trust policy"),
            expected=f"a statement for {pod_identity.SERVICE} that allows {action}",
            got="a Deny applies" if decision.result == "explicitly-denied" else "none applies",
        )
    open_keys = [key for decision in decisions.values() for key in decision.unknown if decision.result == "unknown"]
    if open_keys:
        return unknown(
            "whether it trusts EKS Pod Identity depends on facts that are not known",
            Need("the request's values of " + ", ".join(dict.fromkeys(open_keys))),
        )
    return ok(f"trusts EKS Pod Identity for {walk.namespace}/{walk.account_name}")


def nearest(walk: Walk) -> tuple[str, StatementResult] | None:
    """Return the action that is not allowed and the Allow statement that came nearest to allow it."""
    trust = walk.pod_identity_trust
    if trust is None:
        return None
    for action, decision in trust.decisions.items():
        if decision.result == "implicitly-denied":
            for result in decision.near_misses:
                if not any(isinstance(miss, PrincipalMiss) for miss in result.misses):
                    return action, result
            return None
    return None


def missing_actions(walk: Walk) -> tuple[str, ...]:
    """Return the actions that no statement for EKS Pod Identity names, whatever its conditions."""
    trust = walk.pod_identity_trust
    if trust is None:
        return ()
    return tuple(
        action
        for action, decision in trust.decisions.items()
        if decision.result == "implicitly-denied"
        and not any(
            not any(isinstance(miss, PrincipalMiss | ActionMiss) for miss in result.misses)
            for result in decision.near_misses
        )
    )


def failing_conditions(walk: Walk) -> tuple[ConditionMiss, ...]:
    """Return the conditions of the nearest statement that do not hold."""
    found = nearest(walk)
    if found is None or any(isinstance(miss, ActionMiss) for miss in found[1].misses):
        return ()
    return tuple(miss for miss in found[1].misses if isinstance(miss, ConditionMiss) and miss.truth is False)
