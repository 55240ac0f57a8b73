"""What the policies that only limit keep from a role, for their causes: these differ in the layer alone."""

from shlex import quote
from typing import Literal

from msgspec import Struct

from trustpath.model.trace import Confidence
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.permission_misses import by_message, denial, denied, evaluations, told
from trustpath.paths.pod_to_aws.walk import Walk
from trustpath.paths.role_permissions import Evaluation

_NAMES = {
    "boundary": "permissions boundary",
    "session": "session policy",
    "scp": "service control policy",
    "rcp": "resource control policy",
}
_READS = {
    "boundary": "aws iam get-role --role-name {role} --query Role.PermissionsBoundary",
    "session": "look for a policy that the program passes with its session, or that the Pod Identity association has",
}


class LimitDenial(Struct, frozen=True):
    """A denial by a policy that limits: ``title`` and ``explanation`` in words, ``symptom`` as AWS reports it."""

    confidence: Confidence
    title: str
    explanation: str
    evidence: tuple[Finding, ...]
    symptom: str
    help: tuple[str, ...]
    expected: str = ""
    got: str = ""


def role_limit_denial(walk: Walk, layer: Literal["boundary", "session"]) -> LimitDenial | None:
    """Return what the role's boundary or the session's policy does not allow, or what a message says of it."""
    for found in denied(walk, layer):
        explicit = found.decision.result == "explicitly-denied"
        places = (Finding(place, "", name) for name, place in found.sources.items() if name.startswith(layer))
        return LimitDenial(
            confidence="certain",
            title=f"the {_NAMES[layer]} {'denies' if explicit else 'does not allow'} {found.action}",
            explanation="It limits what the role's policies grant, and grants nothing itself.",
            evidence=(*found.statements(), *places, *by_message(walk)),
            expected=f"{found.action} allowed there as well",
            got="a Deny statement" if explicit else "no statement that allows it",
            symptom=denial(found, layer, explicit=explicit),
            help=(f"allow {found.action} in the {_NAMES[layer]}",),
        )
    said = told(walk, layer)
    if said is None or walk.evaluation is None:
        return None
    return LimitDenial(
        confidence="likely",
        title=f"the {_NAMES[layer]} keeps {walk.action} from the role, as AWS says",
        explanation="It was not read.",
        evidence=by_message(walk),
        symptom=denial(walk.evaluation, layer, explicit=said.explicit is True),
        help=(_READS[layer].format(role=quote(walk.evaluation.session.role.name)),),
    )


def control_denial(walk: Walk, layer: Literal["scp", "rcp"]) -> LimitDenial | None:
    """Return what a policy of this layer denies, what a message says of it, or what one that was read may deny."""
    return _denied(walk, layer) or _told(walk, layer) or _possible(walk, layer)


def _denied(walk: Walk, layer: Literal["scp", "rcp"]) -> LimitDenial | None:
    trust = walk.trust_controls if layer == "rcp" else None
    for found in (*((trust,) if trust is not None else ()), *denied(walk, layer)):
        if found.decision.result != "explicitly-denied":
            continue
        names = {result.policy for result in found.decision.decided_by}
        policy = _words(found, layer)
        return LimitDenial(
            # Whether the unit is above the account was not read.
            confidence="likely" if found.doubtful.issuperset(names) else "certain",
            title=f"{policy} denies {found.action}",
            explanation="It stands above the account; nothing in the account can undo it.",
            evidence=(*found.statements(), *by_message(walk)),
            symptom=denial(found, layer, explicit=True),
            help=(
                f"switch off what calls {found.action} in the program, or send this to who manages the organization:",
                f"{policy} denies {found.action} to {found.session.role}; please except the role",
            ),
        )
    return None


def _told(walk: Walk, layer: Literal["scp", "rcp"]) -> LimitDenial | None:
    if told(walk, layer) is None or walk.evaluation is None:
        return None
    return LimitDenial(
        confidence="likely",
        title=f"a {_NAMES[layer]} denies {walk.action}, as AWS says",
        explanation="The policy was not read.",
        evidence=by_message(walk),
        symptom=denial(walk.evaluation, layer, explicit=True),
        help=("ask who manages the organization for its policies: aws organizations list-policies-for-target",),
    )


def _possible(walk: Walk, layer: Literal["scp", "rcp"]) -> LimitDenial | None:
    for found in evaluations(walk):
        undecided = found.decision.decided_by if found.decision.result == "unknown" else ()
        for result in (*found.may_deny, *undecided):
            if result.policy.startswith(f"{layer.upper()} ") and result.statement.effect == "Deny":
                return LimitDenial(
                    confidence="likely",
                    title=f"a {_NAMES[layer]} may deny {found.action}",
                    explanation="Whether it applies depends on what was not read.",
                    evidence=(found.place(result),),
                    symptom=denial(found, layer, explicit=True),
                    help=(f"find out what {result.policy} is attached to and whether its conditions hold",),
                )
    return None


def _words(found: Evaluation, layer: Literal["scp", "rcp"]) -> str:
    """Return the policy that denies, and its statement where that has a name."""
    result = next(iter(found.decision.decided_by), None)
    if result is None:
        return f"a {_NAMES[layer]}"
    sid = f" (statement {result.statement.sid})" if result.statement.sid else ""
    return f"{_NAMES[layer]} {result.policy.partition(' ')[2]}{sid}"
