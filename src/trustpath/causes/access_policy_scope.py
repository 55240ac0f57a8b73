"""An access policy of the entry would allow it, in other namespaces.

What: compares the request's namespace with the scope of each access policy that has a rule for it.
Why it denies: a policy with the scope of namespaces counts in those alone, and never for the cluster (A14, A19).
Not a problem when: the principal is meant to stay in those namespaces.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.rbac.request import ResourceRequest
from trustpath.paths.links import Finding
from trustpath.paths.principal_to_cluster.entries import ENTRY, full_arn
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("authorization", when_unknown=True)
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold for the first policy that has the rule and not the scope."""
    found = next((item for item in walk.policy_verdicts if item.result == "scope"), None)
    if found is None or walk.policies is None:
        return
    policy = found.policy
    index = walk.policies.value.policies.index(policy)
    namespace = walk.request.namespace if isinstance(walk.request, ResourceRequest) else ""
    wanted = f"namespace {namespace}" if namespace else "the whole cluster"
    scope = ", ".join(policy.namespaces or ()) or "no namespace"
    new = (
        f"type=namespace,namespaces={','.join((*(policy.namespaces or ()), namespace))}"
        if namespace
        else "type=cluster"
    )
    yield Diagnosis(
        confidence="certain",
        title=f"{policy.name} is associated for {scope} only, and the request is for {wanted}",
        explanation="A policy for namespaces does not count elsewhere, nor for what has no namespace.",
        evidence=(
            Finding(
                walk.policies.source.at(index, "accessScope", "namespaces"), "namespaces", f"lacks {wanted}", key=True
            ),
        ),
        expected=wanted,
        got=scope,
        symptom=walk.message,
        help=(
            "associate it anew with a wider scope; it takes the place of the old one:",
            f"aws eks associate-access-policy --cluster-name {walk.cluster_name or 'CLUSTER'} --principal-arn "
            f"{full_arn(walk)} --policy-arn {policy.policy_arn} --access-scope {new}",
        ),
        rank=ENTRY - 14,
    )
