"""The principal has an access entry that gives it nothing.

What: finds an entry without access policies whose user and groups no binding names.
Why it denies: an entry says who the principal is; only a policy or a binding says what it may.
Not a problem when: the principal only needs what every user may, such as discovery.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.eks.access_entries import NODE_TYPES
from trustpath.paths.links import Finding
from trustpath.paths.principal_to_cluster.entries import ENTRY, full_arn, is_node, own_name
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("authorization", when_unknown=True)
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold for an entry with no policy and no binding."""
    if walk.entry is None or walk.policies is None or walk.policies.value.policies or walk.is_bound:
        return
    entry = walk.entry.value
    if entry.type in NODE_TYPES or is_node(walk):
        return
    groups = f"the groups {', '.join(entry.groups)}, which no binding names" if entry.groups else "no groups"
    yield Diagnosis(
        confidence="certain" if walk.rbac.lists_bindings else "likely",
        title=f"the access entry of `{own_name(walk)}` has no access policy and {groups}",
        explanation="An entry alone lets the principal in; it may then do only what every user may.",
        evidence=(
            Finding(walk.policies.source, "associatedAccessPolicies", "no policy", key=True),
            Finding(walk.entry.source.at("kubernetesGroups"), "kubernetesGroups", "no group with rights", key=True),
        ),
        expected="an access policy, or a group that a binding names",
        got="neither",
        symptom=walk.message,
        help=(
            f"aws eks associate-access-policy --cluster-name {walk.cluster_name or 'CLUSTER'} "
            f"--principal-arn {full_arn(walk)} --policy-arn "
            "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy --access-scope type=cluster",
        ),
        rank=ENTRY,
    )
