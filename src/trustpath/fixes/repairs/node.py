"""What may make the node serve credentials."""

from collections.abc import Iterator

from trustpath.model.fix import Candidate, SetHopLimit
from trustpath.paths.pod_to_aws.walk import Walk

_HOPS_TO_A_POD = 2


def repair(walk: Walk) -> Iterator[Candidate]:
    """Yield one hop more for the answers of the instance metadata service."""
    instance = walk.host.instance
    if instance is not None and 0 < instance.value.hop_limit < _HOPS_TO_A_POD:
        identifier = instance.value.instance_id
        title = f"let the metadata service of {identifier} answer over {_HOPS_TO_A_POD} hops"
        yield Candidate(title, (SetHopLimit(identifier, _HOPS_TO_A_POD),))
