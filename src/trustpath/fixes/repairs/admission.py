"""What may make admission give the pod its role: mostly that the pod is made again."""

from collections.abc import Iterator

from trustpath.fixes.repairs.workloads import owner, restarts
from trustpath.model.fix import Candidate
from trustpath.paths.pod_to_aws.walk import Walk


def repair(walk: Walk) -> Iterator[Candidate]:
    """Yield a restart."""
    found = owner(walk)
    name = f"{found[0].lower()} {found[1]}" if found else f"pod {walk.metadata.name}"
    if changes := restarts(walk):
        yield Candidate(f"restart {name}: its pods were made before, or without, what is there now", changes)
