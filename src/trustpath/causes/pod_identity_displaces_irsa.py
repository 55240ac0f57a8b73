"""An association takes the place of IRSA, where the pod could use IRSA only.

What: looks for an association beside the annotation of the same account.
Why it denies: the webhook gives a pod with an association nothing of IRSA (W6, P21, P22).
Not a problem when: the node, the SDK and the role all serve Pod Identity.
"""

from collections.abc import Iterator
from shlex import quote

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.webhook import ROLE_ANNOTATION
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.walk import Walk


@cause("node", "sdk", "trust-policy")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a link of Pod Identity broke and the account is annotated as well."""
    if walk.method != "pod-identity" or walk.association is None or walk.annotation_source is None:
        return
    first = next((link for link in ("sdk", "node", "trust-policy") if walk.results[link].state == "broken"), "")
    if not first:
        return
    cause = {"sdk": "the program cannot use it", "node": "the node does not serve it"}.get(
        first, "its role does not trust it"
    )
    association = walk.association.value
    yield Diagnosis(
        confidence="certain" if first == "node" or _sdk_is_known(walk, first) else "likely",
        title=f"a Pod Identity association takes the place of IRSA, and {cause}",
        explanation=f"`{walk.namespace}/{walk.account_name}` is annotated with {walk.annotated_role}; new pods get Pod "
        "Identity instead.",
        evidence=(
            Finding(walk.association.source, association.arn, "takes the place of the annotation"),
            Finding(walk.annotation_source, walk.annotated_role, ROLE_ANNOTATION),
        ),
        expected="one of the two",
        got="both",
        symptom="errors of the agent at 169.254.170.23, though the account is annotated",
        help=(
            "delete the association, then recreate the pods:",
            f"aws eks delete-pod-identity-association --cluster-name {quote(association.cluster or 'CLUSTER')} "
            f"--association-id {quote(association.arn.rpartition('/')[2])}",
        ),
        rank=-1,
    )


def _sdk_is_known(walk: Walk, link: str) -> bool:
    return link == "sdk" and walk.sdk is not None and walk.sdk.knows("container") is False
