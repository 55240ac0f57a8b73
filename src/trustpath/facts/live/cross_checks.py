"""What AWS itself says to a question that was answered: IAM's simulator, and the last call in CloudTrail.

Both are asked only by name: the simulator does not see all layers, and CloudTrail tells of the past.
"""

from typing import Literal, TypeVar

import msgspec
from msgspec import Struct, field

from trustpath.facts.live.aws_api import AwsApi, CallError
from trustpath.facts.live.deadline import Deadline, ExpiredError, before
from trustpath.facts.logs import redact_line
from trustpath.model.reads import AwsRead
from trustpath.model.trace import Outcome, TruthCheck

T = TypeVar("T")
CrossCheck = Literal["simulate", "cloudtrail"]
ACTIONS: dict[CrossCheck, str] = {"simulate": "iam:SimulatePrincipalPolicy", "cloudtrail": "cloudtrail:LookupEvents"}
"""The call behind each."""
_ASSUMING = frozenset({"AssumeRole", "AssumeRoleForPodIdentity", "AssumeRoleWithWebIdentity"})


class _Simulated(Struct, rename="pascal"):
    eval_decision: str
    missing_context_values: list[str] = field(default_factory=list)


class _Simulation(Struct, rename="pascal"):
    evaluation_results: list[_Simulated] = field(default_factory=list)


class _Event(Struct, rename="pascal"):
    event_name: str = ""
    event_time: str = ""
    cloud_trail_event: str = "{}"


class _Events(Struct, rename="pascal"):
    events: list[_Event] = field(default_factory=list)


class _Detail(Struct, rename="camel"):
    error_code: str = ""
    error_message: str = ""


class NotCheckedError(Exception):
    """AWS did not say anything to the question."""


def simulate(
    account: AwsApi, deadline: Deadline, role: str, action: str, resource: str, predicted: Outcome
) -> TruthCheck:
    """Return what IAM's simulator says of a role's action. Raises NotCheckedError."""
    parameters = [("PolicySourceArn", role), ("ActionNames", action)]
    if resource.startswith("arn:"):
        parameters.append(("ResourceArns", resource))
    read = AwsRead(ACTIONS["simulate"], tuple(parameters), role.split(":")[4])
    results = _asked(account, deadline, read, _Simulation).evaluation_results
    if not results:
        raise NotCheckedError("IAM's simulator gave no result")
    said: Outcome = "allowed" if results[0].eval_decision == "allowed" else "denied"
    keys = ", ".join(results[0].missing_context_values)
    reason = results[0].eval_decision + (f", without values of {keys}" if keys else "")
    return TruthCheck(
        "iam:SimulatePrincipalPolicy",
        said,
        predicted in (said, "unknown"),
        reason,
        "IAM's simulator",
        "It sees neither the resource's own policy nor resource control policies nor the session's tags",
    )


def last_call(account: AwsApi, deadline: Deadline, role: str, predicted: Outcome) -> TruthCheck:
    """Return how it last went when somebody assumed a role, as CloudTrail has it. Raises NotCheckedError."""
    attributes = f"AttributeKey=ResourceName,AttributeValue={role}"
    read = AwsRead(ACTIONS["cloudtrail"], (("LookupAttributes", attributes),), role.split(":")[4])
    events = _asked(account, deadline, read, _Events).events
    event = next((item for item in events if item.event_name in _ASSUMING), None)
    if event is None:
        raise NotCheckedError("CloudTrail has no attempt to assume the role among its last events in this region")
    try:
        detail = msgspec.json.decode(event.cloud_trail_event, type=_Detail)
    except msgspec.DecodeError:
        raise NotCheckedError("CloudTrail's event is not JSON") from None
    said: Outcome = "denied" if detail.error_code else "allowed"
    why = redact_line(f"{detail.error_code}: {detail.error_message}".strip(": ")) if detail.error_code else ""
    return TruthCheck(
        f"{event.event_name} at {event.event_time}",
        said,
        predicted in (said, "unknown"),
        why,
        "CloudTrail",
        "It tells of that moment, and perhaps of another pod of the role: compare it with when things were changed",
    )


def _asked(account: AwsApi, deadline: Deadline, read: AwsRead, type_: type[T]) -> T:
    try:
        return msgspec.json.decode(before(deadline, lambda: account.call(read, one_page=True)), type=type_)
    except CallError as error:
        raise NotCheckedError(error.said) from None
    except ExpiredError:
        raise NotCheckedError(f"no answer within {deadline.seconds:g} s") from None
    except msgspec.DecodeError:
        raise NotCheckedError(f"{read.action} gave something else than its answer") from None
