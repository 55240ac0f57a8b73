"""What kept a permission from being there, for the causes of the last link. All of it is the decision's own reasons."""

from collections.abc import Iterator
from shlex import quote
from typing import Literal

from trustpath.engine.iam.decision import Layer
from trustpath.engine.iam.near_misses import ActionMiss, ConditionMiss, PrincipalMiss, ResourceMiss, StatementResult
from trustpath.engine.messages.aws_refusal import AwsRefusal
from trustpath.model.fact import Known
from trustpath.model.trace import Confidence
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.permissions import caller_name
from trustpath.paths.pod_to_aws.symptoms import is_of_the_pod, refusal, stands_at
from trustpath.paths.pod_to_aws.walk import Walk
from trustpath.paths.role_permissions import Evaluation

Miss = Literal["action", "resource", "condition"]


def evaluations(walk: Walk) -> tuple[Evaluation, ...]:
    """Return the verdicts of the last links: on a chain that broke, else on the action and what it needs behind it."""
    broken_chain = tuple(found for found in walk.chain if found.denied)[:1]
    if broken_chain:
        return broken_chain
    if walk.on_the_way is not None:
        return (walk.on_the_way,)
    return (*((walk.evaluation,) if walk.evaluation is not None else ()), *walk.behind_call)


def denied(walk: Walk, layer: Layer) -> Iterator[Evaluation]:
    """Yield the verdicts that a layer made: it denies, or does not allow."""
    return (found for found in evaluations(walk) if found.denied and found.decision.layer == layer)


def told(walk: Walk, layer: str) -> AwsRefusal | None:
    """Return the refusal of a message that names this kind of policy and the action that is asked for."""
    said = refusal(walk)
    if said is None or said.layer != layer or not walk.evaluation:
        return None
    if not is_of_the_pod(walk) or (layer == "boundary" and _has_no_boundary(walk)):
        return None
    return said if said.action.lower() == walk.action.lower() else None


def _has_no_boundary(walk: Walk) -> bool:
    """Return whether the role is known to have no permissions boundary."""
    known = walk.snapshot.aws.role(walk.acting.role) if walk.acting is not None else None
    return isinstance(known, Known) and known.value.value.boundary_known and not known.value.value.boundary


def by_message(walk: Walk) -> tuple[Finding, ...]:
    """Return the place of the message, where one says that the call is refused."""
    said = refusal(walk)
    return (
        (stands_at(walk, "its log confirms it" if walk.from_log else "the message confirms it"),)
        if said is not None and said.action
        else ()
    )


def identity_miss(found: Evaluation) -> tuple[Miss, StatementResult | None]:
    """Return why no identity policy allows: none names the action, or only on other resources, or under conditions.

    With the Allow statement that came nearest.
    """
    nearest: dict[Miss, StatementResult] = {}
    for result in found.decision.near_misses:
        if not result.policy.startswith("policy "):
            continue
        kinds = {type(miss) for miss in result.misses if miss.truth is False}
        if ActionMiss in kinds or PrincipalMiss in kinds:
            continue
        nearest.setdefault("resource" if ResourceMiss in kinds else "condition", result)
    for kind in ("condition", "resource"):
        if kind in nearest:
            return kind, nearest[kind]
    return "action", None


def failing_condition(result: StatementResult) -> ConditionMiss | None:
    """Return the first condition of a statement that does not hold."""
    return next((miss for miss in result.misses if isinstance(miss, ConditionMiss) and miss.truth is False), None)


def policy_findings(walk: Walk, found: Evaluation) -> tuple[Finding, ...]:
    """Return the places of the identity policies that were read, or of the role where there is none."""
    placed = tuple(
        Finding(source, "", f"{name}: no statement for {found.action}")
        for name, source in found.sources.items()
        if name.startswith("policy ")
    )
    if placed:
        return placed
    return (Finding(walk.role.source.at("Arn"), walk.role.value.arn, "the role"),) if walk.role is not None else ()


def sureness(walk: Walk, found: Evaluation) -> Confidence:
    """Return how sure a missing permission is: an inline policy that was not listed may hold it."""
    # The policy of a resource in the same account may name the role, and that is enough (iam-evaluation 4.1).
    granted_elsewhere = any(fact.what.startswith("the policy of") for fact in found.unread)
    return "likely" if (found.inline_unlisted or granted_elsewhere) and told(walk, "identity") is None else "certain"


def denial(found: Evaluation, layer: str, *, explicit: bool) -> str:
    """Return what AWS prints for a denial (S24)."""
    words = {
        "identity": "identity-based policy",
        "boundary": "permissions boundary",
        "session": "session policy",
        "scp": "service control policy",
        "rcp": "resource control policy",
        "resource": "resource-based policy",
    }[layer]
    on = f" on resource: {found.resource}" if found.resource else ""
    an = "an" if words.startswith("i") else "a"
    tail = (
        f"with an explicit deny in {an} {words}" if explicit else f"because no {words} allows the {found.action} action"
    )
    return f"User: {caller_name(found.session)} is not authorized to perform: {found.action}{on} {tail}"


def grant_commands(*missing: Evaluation) -> tuple[str, ...]:
    """Return how permissions on one resource are given by a policy of the role."""
    first = missing[0]
    role, resource = first.session.role.name, first.resource or "RESOURCE"
    actions = [found.action for found in missing]
    listed = f'"{actions[0]}"' if len(actions) == 1 else "[" + ",".join(f'"{action}"' for action in actions) + "]"
    document = (
        f'{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":{listed},"Resource":"{resource}"}}]}}'
    )
    return (
        f"allow {' and '.join(actions)} on {resource} in a policy of role {role}:",
        f"aws iam put-role-policy --role-name {quote(role)} --policy-name {quote(actions[0].replace(':', '-'))} "
        f"--policy-document {quote(document)}",
    )
