"""What may let the program read a token that STS takes."""

from collections.abc import Iterator

from trustpath.fixes.repairs.workloads import patched_template
from trustpath.model.fix import Candidate
from trustpath.paths.pod_to_aws.walk import Walk

_GROUP = 65534
"""Any group will do: with one, the token is readable for it (eks-identity T9)."""


def repair(walk: Walk) -> Iterator[Candidate]:
    """Yield a group for the pod's files, where its user may not read the token."""
    if walk.token is None or walk.token.kind != "projected" or walk.token_readable is True:
        return
    if changes := patched_template(walk, "securityContext", "fsGroup", value=_GROUP):
        yield Candidate("set fsGroup in the pod's security context, so that its user may read the token", changes)
