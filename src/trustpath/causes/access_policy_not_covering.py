"""The access policies of the entry do not cover what is asked for.

What: asks each access policy, by its known rules, for the request.
Why it denies: the general policies leave out custom resources, nodes and much else, and do not grow by labels (A18).
Not a problem when: a Kubernetes group of the entry is bound to a role that covers it.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.rbac.request import ResourceRequest
from trustpath.paths.kubernetes_request.findings import rule_for
from trustpath.paths.links import Finding
from trustpath.paths.principal_to_cluster.entries import ENTRY, full_arn
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("authorization", when_unknown=True)
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold when the entry has policies and none of them has a rule for the request."""
    verdicts = walk.policy_verdicts
    if walk.policies is None or not verdicts or any(verdict.result != "rules" for verdict in verdicts):
        return
    request = walk.request
    what = request.combined if isinstance(request, ResourceRequest) else "this URL"
    group = f" in API group `{request.group}`" if isinstance(request, ResourceRequest) and request.group else ""
    names = [verdict.policy.name for verdict in verdicts]
    custom = (
        " Custom resources are in none of them, whatever labels their ClusterRoles have."
        if walk.is_custom_resource
        else ""
    )
    cluster = walk.cluster_name or "CLUSTER"
    yield Diagnosis(
        # X22: AWS may give its policies more rules at any time.
        confidence="likely",
        title=f"{' and '.join(names)} {'does' if len(names) == 1 else 'do'} not let anybody "
        f"{request.verb if request else ''} `{what}`{group}",
        explanation=f"Access policies are fixed lists of rules.{custom}",
        evidence=tuple(
            Finding(walk.policies.source.at(index, "policyArn"), item.policy_arn, "has no rule for it")
            for index, item in enumerate(walk.policies.value.policies)
        ),
        expected=f"a rule {rule_for(walk)}",
        got=", ".join(names),
        symptom=walk.message,
        help=(
            f"give the entry a Kubernetes group, and bind that group to a role with the rule {rule_for(walk)}:",
            f"aws eks update-access-entry --cluster-name {cluster} --principal-arn {full_arn(walk)} "
            "--kubernetes-groups GROUP",
        ),
        rank=ENTRY - 15,
    )
