"""The last link: the role may do what is asked."""

from trustpath.engine import sts
from trustpath.model.trace import Need
from trustpath.paths.links import NOT_REACHED, LinkResult, unknown
from trustpath.paths.pod_to_aws.walk import Walk


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    action = walk.question.action
    if not action or action.lower() == sts.ACTION.lower():
        return LinkResult("not-applicable", "no AWS action was asked for")
    if walk.result("identity").state != "ok":
        return NOT_REACHED
    return unknown(
        f"whether the role may {action} is not decided by this version",
        Need("an evaluation of the role's policies, which comes with a later version"),
    )
