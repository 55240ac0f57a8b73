"""What may mend a link, by link. Nothing here is believed: each candidate is proven, or dropped.

A repair knows the link and what keeps it from holding, and no single cause: a cause that is added has its fixes already.
"""

from collections.abc import Callable, Iterator
from typing import Any

from trustpath.fixes.repairs import authorization, trust_policy
from trustpath.model.fix import Candidate
from trustpath.paths.links import Walk

Repair = Callable[[Any], Iterator[Candidate]]
REPAIRS: dict[str, Repair] = {
    "authorization": authorization.repair,
    "trust-policy": trust_policy.repair,
}
"""Links of all paths; a link of the same id is the same link."""


def candidates(walk: Walk) -> Iterator[Candidate]:
    """Yield what may mend the link that broke first."""
    broken = next((link for link, result in walk.results.items() if result.state == "broken"), "")
    if broken in REPAIRS:
        yield from REPAIRS[broken](walk)
