"""The action is allowed only under a condition that does not hold.

What: looks for a statement that covers action and resource and whose condition fails.
Why it denies: all conditions of a statement have to hold; a key that is not there fails positive ones.
Not a problem when: another statement allows the same without the condition.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.iam.request import Absent, Present
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.permission_misses import (
    by_message,
    denial,
    denied,
    failing_condition,
    identity_miss,
    sureness,
)
from trustpath.paths.pod_to_aws.walk import Walk


@cause("permissions", "role-chain", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when only conditions keep the nearest statement from allowing."""
    for found in denied(walk, "identity"):
        kind, result = identity_miss(found)
        miss = failing_condition(result) if result is not None else None
        if kind != "condition" or result is None or miss is None or found.decision.result == "explicitly-denied":
            continue
        condition = miss.condition
        wanted = " or ".join(text.value for text in condition.values)
        got = "another value"
        if isinstance(miss.got, Absent):
            got = "a request for this action does not carry the key"
        elif isinstance(miss.got, Present):
            got = ", ".join(miss.got.values)
        place = found.sources[result.policy]
        yield Diagnosis(
            confidence=sureness(walk, found),
            title=f"{found.action} is allowed only where `{condition.key}` {_holds(condition.operator)} {wanted}",
            explanation=_absent(condition.key) if isinstance(miss.got, Absent) else f"The request has {got}.",
            evidence=(
                Finding(place.at(*condition.path), condition.key, "this condition does not hold", key=True),
                *by_message(walk),
            ),
            expected=f"{condition.key} {_holds(condition.operator)} {wanted}",
            got=got,
            symptom=denial(found, "identity", explicit=False),
            help=_help(condition.key, found.action),
        )
        return


def _holds(operator: str) -> str:
    return "is" if operator.rpartition(":")[2].startswith(("StringEquals", "Bool", "ArnEquals")) else operator


def _help(key: str, action: str) -> tuple[str, ...]:
    service, _, name = key.partition(":")
    if name.lower().startswith(("resourcetag/", "requesttag/")) and service not in ("aws", action.partition(":")[0]):
        return (f"use aws:{name}: {action} knows no key of {service}",)
    return ("correct the condition, or give the action a statement without it",)


def _absent(key: str) -> str:
    if key.lower().startswith("aws:principaltag/"):
        return f"The session has no tag {key.partition('/')[2]}."
    if key.lower().startswith("aws:"):
        return f"A request of this session does not carry {key}."
    return "A key of another service is never part of the request."
