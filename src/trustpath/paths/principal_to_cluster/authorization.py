"""The link from the user to the request: RBAC, the Node authorizer, and the entry's access policies (R51, R52, A14)."""

from msgspec import structs

from trustpath.model.fact import Denied, NotCollected
from trustpath.model.trace import Need
from trustpath.paths.kubernetes_request import authorization as rbac_authorization
from trustpath.paths.links import Finding, LinkResult, broken, need, ok, unknown
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


def follow(walk: PrincipalWalk) -> LinkResult:
    """Return what this link found: one authorizer that allows is enough."""
    by_rbac = rbac_authorization.follow(walk)
    if by_rbac.state not in ("broken", "unknown") or walk.user is None or walk.request is None:
        return by_rbac
    needs = list(by_rbac.needs)
    for verdict in walk.policy_verdicts:
        if verdict.result == "allowed" and walk.policies is not None:
            index = walk.policies.value.policies.index(verdict.policy)
            place = walk.policies.source.at(index, "policyArn")
            return ok(
                f"access policy {verdict.policy.name} allows it",
                Finding(place, verdict.policy.policy_arn, "allows it"),
            )
        if verdict.result == "unknown":
            needs.append(Need(f"what access policy {verdict.policy.name} allows: AWS's page of access policies"))
    if isinstance(walk.policies_fact, NotCollected | Denied):
        needs.append(need(walk.policies_fact))
    if walk.may_be_bound_by_name:
        needs.append(Need("the name of the session: ask with the ARN that aws sts get-caller-identity prints"))
    if needs and walk.refused_by_message:
        return structs.replace(rbac_authorization.by_message(), needs=tuple(needs))
    if needs:
        says = by_rbac.says if by_rbac.state == "unknown" else "no binding allows it, and what else may was not read"
        return unknown(says, *needs)
    if walk.policies is None:
        return by_rbac
    return broken(
        f"no binding and no access policy lets user {walk.user.name} {walk.asked}",
        expected="an access policy or a binding that covers it",
        got=by_rbac.got,
    )
