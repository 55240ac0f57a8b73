"""What those who really decide say beside an answer: the API server, IAM's simulator, CloudTrail."""

from typing import TYPE_CHECKING

import click

from trustpath.cli.facts import Connected

if TYPE_CHECKING:
    from trustpath.facts.live.cross_checks import CrossCheck
    from trustpath.model.trace import Outcome, Trace, TruthCheck
    from trustpath.paths.links import Walk
    from trustpath.paths.pod_to_aws.walk import Walk as PodWalk


def with_review(trace: "Trace", walk: "Walk", connected: Connected) -> "Trace":
    """Return the answer with what the API server itself says to a request, where it may be asked."""
    from msgspec import structs

    from trustpath.facts.live.reviews import checked
    from trustpath.paths.kubernetes_request.walk import Walk as RequestWalk
    from trustpath.paths.who_can import asked_request

    if not isinstance(walk, RequestWalk) or walk.user is None or walk.request is None:
        return trace
    request = asked_request(walk.request)
    check = checked(connected.cluster, walk.user.name, walk.user.groups, request, trace.outcome)
    return structs.replace(trace, checks=(check,)) if check else trace


def with_cross_checks(trace: "Trace", walk: "Walk", connected: Connected, wanted: "tuple[CrossCheck, ...]") -> "Trace":
    """Return the answer with what AWS says to it, as far as that was asked for; on stderr why it says nothing.

    Raises QuestionError for a question that is about no role.
    """
    from msgspec import structs

    from trustpath.errors import QuestionError
    from trustpath.facts.live.cross_checks import NotCheckedError
    from trustpath.paths.pod_to_aws.walk import Walk as PodWalk

    if not wanted:
        return trace
    if not isinstance(walk, PodWalk):
        raise QuestionError("--cross-check is about a workload and its role", "leave it out for other questions")
    for name in dict.fromkeys(wanted):
        try:
            found = _asked(name, walk, connected)
        except NotCheckedError as error:
            click.echo(f"no cross-check by {name}: {error}", err=True)
            continue
        trace = structs.replace(trace, checks=(*trace.checks, found))
    return trace


def _asked(name: "CrossCheck", walk: "PodWalk", connected: Connected) -> "TruthCheck":
    """Return what one of them says. Raises NotCheckedError."""
    from trustpath.facts.live.cross_checks import NotCheckedError, last_call, simulate

    account, deadline = connected.account, connected.reader.deadline
    if walk.role_arn is None:
        raise NotCheckedError("which role it is about is not known")
    if name == "cloudtrail":
        return last_call(account, deadline, str(walk.role_arn), _predicted(walk, "trust-policy"))
    if walk.evaluation is None:
        raise NotCheckedError("the question names no action")
    role, action, resource = str(walk.evaluation.session.role), walk.evaluation.action, walk.evaluation.resource
    return simulate(account, deadline, role, action, resource, _predicted(walk, "permissions"))


def _predicted(walk: "PodWalk", link: str) -> "Outcome":
    """Return what a link says, as the outcome of a question about it alone."""
    states: dict[str, Outcome] = {"ok": "allowed", "broken": "denied"}
    return states.get(walk.result(link).state, "unknown")
