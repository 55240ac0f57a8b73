"""The access entry was to have a group or username that EKS reserves, and was never made.

What: takes the API's own word, as Terraform or the AWS CLI printed it.
Why it denies: an entry with such a group is refused, so that the principal has none (A7, A10).
Not a problem when: the group comes from aws-auth: there it is allowed.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.principal_to_cluster.entries import ENTRY, full_arn
from trustpath.paths.principal_to_cluster.symptoms import at_message, confidence
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("mapping")
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold where a message says so and the principal has no entry."""
    if confidence(walk, "access-entry-reserved-group") is None or walk.symptom is None or walk.entry is not None:
        return
    yield Diagnosis(
        confidence="certain",
        title="the access entry was refused: its group or username starts with a reserved word",
        explanation="system:masters can be given by aws-auth only. AmazonEKSClusterAdminPolicy gives the same rights.",
        evidence=(at_message(walk, ""),),
        symptom=walk.symptom.text.strip()[:200],
        help=(
            "leave the group out, and associate a policy:",
            f"aws eks associate-access-policy --cluster-name {walk.cluster_name or 'CLUSTER'} --principal-arn "
            f"{full_arn(walk)} --policy-arn arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy "
            "--access-scope type=cluster",
        ),
        rank=ENTRY - 5,
    )
