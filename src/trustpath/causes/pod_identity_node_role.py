"""The role of the node may not ask for Pod Identity.

What: asks the policies of the node's role for eks-auth:AssumeRoleForPodIdentity.
Why it denies: the agent signs its calls with the credentials of the node (P10).
Not a problem when: the node is one of EKS Auto Mode.
"""

from collections.abc import Iterator
from shlex import quote

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.eks.pod_identity import NODE_ACTION
from trustpath.engine.iam.near_misses import ActionMiss
from trustpath.model.answers import Located
from trustpath.model.fact import Known
from trustpath.model.iam import Role
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.symptoms import stands_at
from trustpath.paths.pod_to_aws.walk import Walk


@cause("node", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the node's role lacks the action, or a message says so."""
    found, role = walk.node_access, walk.host.role
    told = walk.symptom is not None and walk.symptom.row is not None and walk.symptom.row.number == "E076"
    if not told and (found is None or not found.denied or role is None):
        return
    name = role.name if role else "the node's role"
    message = (stands_at(walk, "AWS says so"),) if told else ()
    why, places, helps = _why(walk, name)
    yield Diagnosis(
        confidence="certain" if found is not None and found.denied and not found.inline_unlisted else "likely",
        title=f"the node's role `{name}` may not call {NODE_ACTION}",
        explanation=why,
        evidence=(*message, *places) or tuple(Finding(i.source, i.value.arn, "the node's role") for i in _role(walk)),
        expected=NODE_ACTION,
        got="not allowed",
        symptom=f"(AccessDeniedException): User: … is not authorized to perform: {NODE_ACTION}",
        help=helps,
    )


def _why(walk: Walk, name: str) -> tuple[str, tuple[Finding, ...], tuple[str, ...]]:
    """Return why in a sentence, where to look, and what mends it."""
    found = walk.node_access
    if found is not None and found.decision.result == "explicitly-denied":
        policy = ", ".join(result.policy for result in found.decision.decided_by)
        return f"A Deny statement of {policy} applies.", found.statements(), ("take the action out of that statement",)
    near = (
        next((result for result in found.decision.near_misses if result.policy in found.sources), None)
        if found
        else None
    )
    if found is not None and near is not None and not any(isinstance(miss, ActionMiss) for miss in near.misses):
        return (
            f"A statement of {near.policy} allows it for other clusters, or under a condition that does not hold.",
            (found.place(near),),
            (f"let the statement cover {found.resource}",),
        )
    places = tuple(Finding(p, "", label) for label, p in found.sources.items()) if found is not None else ()
    attach = f"aws iam attach-role-policy --role-name {quote(name)} --policy-arn"
    return (
        "AmazonEKSWorkerNodePolicy has the action; roles that were made by hand often lack it.",
        places,
        (f"{attach} arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",),
    )


def _role(walk: Walk) -> Iterator[Located[Role]]:
    known = walk.snapshot.aws.role(walk.host.role) if walk.host.role else None
    if isinstance(known, Known):
        yield known.value
