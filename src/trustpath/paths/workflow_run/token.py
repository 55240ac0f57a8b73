"""The third link: the stored tokens that executor and agent take are there (4.3, 4.4)."""

from trustpath.engine.argo.needs import tokens_of
from trustpath.paths.links import NOT_REACHED, Finding, LinkResult, ok
from trustpath.paths.stored_token import look_up
from trustpath.paths.workflow_run.walk import WorkflowWalk


def follow(walk: WorkflowWalk) -> LinkResult:
    """Return what this link found."""
    if walk.spec is None or walk.spec_place is None:
        return NOT_REACHED
    taken = {item.account: item for item in reversed(list(tokens_of(walk.spec, walk.defaults)))}
    if not taken:
        return LinkResult("not-applicable", "each pod takes the token of its own account, which Kubernetes makes")
    open_one: LinkResult | None = None
    for item in reversed(taken.values()):
        place = Finding(walk.spec_place.at(*item.place), item.written, f"{item.taker} takes a stored token")
        result = look_up(walk.snapshot.kubernetes, walk.namespace, item.account, place)
        if result.state == "broken":
            walk.missing_token = item
            return result
        if result.state == "unknown":
            open_one = open_one or result
    return open_one or ok(f"the stored tokens of {', '.join(reversed(taken))} are there")
