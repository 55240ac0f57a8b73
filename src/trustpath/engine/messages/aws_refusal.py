"""What an error of an AWS service says: who was refused what, and which kind of policy did it.

Source: eks-identity S24, S25 and 0.3. Also as CloudTrail records the call, and as ``sts
decode-authorization-message`` prints what EC2 encodes.
"""

import re
from collections.abc import Iterator
from typing import Literal

import msgspec
from msgspec import Struct, field

from trustpath.engine.iam.recorded_calls import recorded_action

Layer = Literal["", "identity", "resource", "boundary", "session", "scp", "rcp", "endpoint", "trust"]

_LAYERS: dict[str, Layer] = {
    "identity-based policy": "identity",
    "resource-based policy": "resource",
    "permissions boundary": "boundary",
    "session policy": "session",
    "service control policy": "scp",
    "resource control policy": "rcp",
    "vpc endpoint policy": "endpoint",
    "role trust policy": "trust",
}
_TYPES = "|".join(_LAYERS)
_ARN = r"arn:[a-z0-9-]{1,20}:(?:sts|iam)::[0-9]{1,12}:[^\s\"'\\,;]{1,200}"
_REFUSED = re.compile(
    rf"User:? (?P<principal>{_ARN}|\.\.\.) is not authorized to perform:? "
    r"\[?(?P<action>[A-Za-z0-9-]{1,40}:[A-Za-z0-9*]{1,80})"
    r"(?: on (?:the )?resource:? (?:\\{0,4}\")?(?P<resource>(?:arn:|\*)[^\s\"\\<]{0,400}))?"
)
_EXPLICIT = re.compile(rf"with an explicit deny in an? (?P<type>{_TYPES})", re.IGNORECASE)
_IMPLICIT = re.compile(rf"because no (?P<type>{_TYPES}) allows", re.IGNORECASE)
_ANY_EXPLICIT = re.compile(r"with an explicit deny")
_OPERATION = re.compile(
    r"An error occurred \((?P<code>[A-Za-z.]{1,60})\) when calling the (?P<operation>[A-Za-z0-9]{1,80}) operation"
)
_GO = re.compile(
    r"operation error (?P<service>[A-Z][A-Za-z0-9 ]{0,40}): (?P<operation>[A-Za-z0-9]{1,80}), "
    r"(?:https? response error )?(?:StatusCode: (?P<status>[0-9]{1,3}))?"
)
_API_ERROR = re.compile(r"api error (?P<code>[A-Za-z.]{1,60})")
_REQUEST_ID = re.compile(r"(?i)request[ -]?id:? ?\"?(?P<id>[0-9a-z-]{8,60})")
_ACCOUNT = re.compile(r"^arn:[a-z-]{1,20}:(?:sts|iam)::([0-9]{12}):")
_NODE_SESSION = re.compile(r":assumed-role/(?P<role>[^/]{1,64})/i-(?:[0-9a-f]{8}|[0-9a-f]{17})$")
_OPEN_SEARCH = re.compile(
    r"no permissions for \[(?P<action>[a-z:/_-]{1,100})\] and User "
    r"\[name=(?P<principal>arn:[a-z-]{1,20}:iam::[0-9]{12}:role/[^\s,\]]{1,200})"
)
_ROLE_SESSION = re.compile(r":assumed-role/(?P<role>[^/]{1,64})/(?P<session>.+)$")


class AwsRefusal(Struct, frozen=True):
    """What a message says of a refused call. A text is empty where the message leaves it out.

    ``explicit``: a Deny statement did it; None where the message does not say. ``layer`` is the kind of policy that
    denied, or that did not allow.
    """

    code: str = ""
    operation: str = ""
    action: str = ""
    principal: str = ""
    resource: str = ""
    layer: Layer = ""
    explicit: bool | None = None
    request_id: str = ""

    @property
    def role(self) -> str:
        """Return the name of the role that was refused, empty where the caller is no role or not named."""
        match = _ROLE_SESSION.search(self.principal)
        if match:
            return match["role"]
        return self.principal.rpartition("/")[2] if ":role/" in self.principal else ""

    @property
    def account(self) -> str:
        """Return the account of the caller, empty where it is not named."""
        match = _ACCOUNT.match(self.principal)
        return match[1] if match else ""

    @property
    def session(self) -> str:
        """Return the name of the session, empty without one."""
        match = _ROLE_SESSION.search(self.principal)
        return match["session"] if match else ""

    @property
    def by_node(self) -> bool:
        """Return whether the caller is an instance: its session's name is the instance's id (0.3)."""
        return _NODE_SESSION.search(self.principal) is not None


def read_refusal(text: str) -> AwsRefusal | None:
    """Return what a text in plain spelling says of a refused call, None where it names neither caller nor operation."""
    refused = _REFUSED.search(text)
    operation = _OPERATION.search(text)
    go = _GO.search(text)
    search = _OPEN_SEARCH.search(text)
    if search:
        return AwsRefusal(action="", principal=search["principal"], operation=search["action"])
    if refused is None and operation is None and go is None:
        return None
    explicit, implicit = _EXPLICIT.search(text), _IMPLICIT.search(text)
    said = explicit or implicit
    api_error = _API_ERROR.search(text)
    request_id = _REQUEST_ID.search(text)
    principal = refused["principal"] if refused else ""
    return AwsRefusal(
        code=operation["code"] if operation else api_error["code"] if api_error else "",
        operation=operation["operation"] if operation else go["operation"] if go else "",
        action=refused["action"] if refused else "",
        principal="" if principal == "..." else principal,
        resource=(refused["resource"] or "").rstrip(".,;:)'") if refused else "",
        layer=_LAYERS[said["type"].lower()] if said else "",
        explicit=True if explicit or _ANY_EXPLICIT.search(text) else False if implicit else None,
        request_id=request_id["id"] if request_id else "",
    )


class _Principal(Struct):
    arn: str = ""


class _Context(Struct):
    principal: _Principal = field(default_factory=_Principal)
    action: str = ""
    resource: str = ""


class _Decoded(Struct, rename="camel"):
    context: _Context
    allowed: bool = False
    explicit_deny: bool = False


class _Identity(Struct):
    arn: str | None = None


class _Resource(Struct):
    arn: str = field(name="ARN", default="")


class _Parameters(Struct, rename="camel"):
    role_arn: str = ""


class _Event(Struct, rename="camel"):
    event_source: str
    event_name: str
    error_code: str | None = None
    error_message: str | None = None
    user_identity: _Identity | None = None
    resources: list[_Resource] | None = None
    request_parameters: _Parameters | None = None


_LONGEST = 4_000_000
"""How many characters of an event or a decoded message are read."""


def as_message(text: str) -> str:
    """Return the message inside a CloudTrail event or a decoded authorization message; any other text as it is.

    Of several events the last one that was refused counts.
    """
    start = min((place for place in (text.find("{"), text.find("[")) if place >= 0), default=-1)
    if start < 0 or not any(key in text for key in ("eventSource", "DecodedMessage", "explicitDeny")):
        return text
    data = text[start:_LONGEST].encode(errors="replace")
    for piece in (data, data[: data.rfind(b"}") + 1], *reversed(data.splitlines())):
        try:
            document = msgspec.json.decode(piece)
        except (msgspec.DecodeError, RecursionError):
            continue
        found = [message for item in _documents(document) if (message := _of_event(item) or _of_decoded(item))]
        if found:
            return found[-1]
    return text


def _documents(value: object) -> Iterator[object]:
    """Yield what may be an event or a decoded message: the value itself, and what the usual wrappers hold."""
    if isinstance(value, list):
        for item in value:
            yield from _documents(item)
    elif isinstance(value, dict):
        for key in ("Records", "Events", "events", "detail"):
            if key in value:
                yield from _documents(value[key])
        for key in ("CloudTrailEvent", "DecodedMessage"):
            if isinstance(value.get(key), str):
                try:
                    yield from _documents(msgspec.json.decode(value[key]))
                except (msgspec.DecodeError, RecursionError):
                    continue
        yield value


def _of_event(value: object) -> str:
    try:
        event = msgspec.convert(value, type=_Event)
    except msgspec.ValidationError:
        return ""
    if not event.error_code:
        return ""
    message = event.error_message or "Access Denied"
    principal = event.user_identity.arn if event.user_identity and event.user_identity.arn else ""
    denied = "Denied" in event.error_code or "Unauthorized" in event.error_code
    if event.event_name == "AssumeRoleWithWebIdentity":
        if denied:
            message = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
    elif denied and "not authorized to perform" not in message and principal:
        action = recorded_action(event.event_source, event.event_name)
        arns = [resource.arn for resource in event.resources or () if resource.arn]
        on = f" on resource: {arns[0]}" if arns else ""
        message = f"User: {principal} is not authorized to perform: {action}{on} ({message})"
    return f"An error occurred ({event.error_code}) when calling the {event.event_name} operation: {message}"


def _of_decoded(value: object) -> str:
    try:
        decoded = msgspec.convert(value, type=_Decoded)
    except msgspec.ValidationError:
        return ""
    context = decoded.context
    if decoded.allowed or not context.action:
        return ""
    deny = " with an explicit deny" if decoded.explicit_deny else ""
    return (
        f"User: {context.principal.arn} is not authorized to perform: {context.action} "
        f"on resource: {context.resource}{deny}"
    )
