"""The Forbidden message of the API server, written and read (kubernetes-rbac 5)."""

import re

from msgspec import Struct

from trustpath.engine.go_strings import quote, unquote
from trustpath.engine.messages.cleaning import spellings
from trustpath.engine.rbac.request import Request, ResourceRequest, UrlRequest

_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def write(user: str, request: Request, reason: str = "") -> str:
    """Return what the API server prints for a request that it refuses (5.1)."""
    if isinstance(request, ResourceRequest):
        described = f"{request.resource}.{request.group}" if request.group else request.resource
        name = f' "{request.name}"' if request.name else ""
        where = f"in the namespace {quote(request.namespace)}" if request.namespace else "at the cluster scope"
        what = f"resource {quote(request.combined)} in API group {quote(request.group)} {where}"
        said = f"{described}{name} is forbidden: {_html(f'User {quote(user)} cannot {request.verb} {what}')}"
    else:
        said = f"forbidden: {_html(f'User {quote(user)} cannot {request.verb} path {quote(request.path)}')}"
    return f"{said}: {reason}" if reason else said


def _html(text: str) -> str:
    for character, entity in _ESCAPED.items():
        text = text.replace(character, entity)
    return text


class Forbidden(Struct, frozen=True):
    """What a message says of the request that was refused; None where it was cut off or does not say.

    ``namespace`` is empty for the cluster's scope. ``reason`` is what the authorizers added (5.5).
    """

    user: str | None = None
    verb: str | None = None
    group: str | None = None
    resource: str | None = None
    subresource: str | None = None
    name: str = ""
    namespace: str | None = None
    path: str | None = None
    reason: str = ""

    @property
    def request(self) -> Request | None:
        """Return the request, None where the message does not say all of it."""
        if self.verb is None:
            return None
        if self.path is not None:
            return UrlRequest(self.verb, self.path)
        if self.resource is None or self.group is None or self.namespace is None:
            return None
        return ResourceRequest(self.verb, self.group, self.resource, self.subresource or "", self.namespace, self.name)

    @property
    def known(self) -> int:
        """Return how much the message says."""
        fields = (self.user, self.verb, self.group, self.resource, self.namespace, self.path, self.name or None)
        # A blank in a name is most likely a line that was broken.
        return sum(2 - (" " in value) for value in fields if value is not None)


# Bounded, so that a long text without an end cannot cost more than its length.
_TEXT = r'(?:[^"\\]|\\.){0,1000}'
_PREFIX = rf'(?:(?<![a-z0-9.\-])(?P<described>[a-z0-9.\-]{{1,253}})(?: "(?P<name>{_TEXT})")? is )?forbidden: '
_FULL = re.compile(
    rf'(?:{_PREFIX})?User "(?P<user>{_TEXT})" cannot (?P<verb>\S+) (?:'
    rf'path "(?P<path>{_TEXT})"'
    rf'|resource "(?P<resource>[^"/]+)(?:/(?P<subresource>[^"]+))?" in API group "(?P<group>[^"]*)" '
    rf'(?:in the namespace "(?P<namespace>{_TEXT})"|at the cluster scope)'
    r")(?:: (?P<reason>[^\n]*))?"
)
# Kubernetes 1.11 and before (5.2).
_OLD = re.compile(
    rf'(?:{_PREFIX})?User "(?P<user>{_TEXT})" cannot (?P<verb>\S+) '
    r"(?P<resource>[a-z]+)(?:\.(?P<group>[a-z0-9.\-]+))?(?:/(?P<subresource>[a-z]+))? "
    rf'(?:in the namespace "(?P<namespace>{_TEXT})"|at the cluster scope)'
)
# A shell or a page took the quotes off.
_BARE = re.compile(
    r"User (?P<user>[\w.:@/+=-]{1,300})\"? cannot (?P<verb>[a-z]+) (?:path (?P<path>/\S*)"
    r"|resource \"?(?P<resource>[a-z0-9\-]+)(?:/(?P<subresource>[a-z0-9\-]+))?\"? "
    r"in API group \"?(?P<group>[a-z0-9.\-]*)\"? "
    r"(?:in the namespace \"?(?P<namespace>[a-z0-9\-]+)|at the cluster scope))"
)
# The kubelet's own message.
_KUBELET = re.compile(
    r"Forbidden \(user=(?P<user>[^,)]{1,300}), verb=(?P<verb>[a-z]+), resource=(?P<resource>[a-z]+)"
    r"(?:, subresource=(?P<subresource>[a-z]*))?"
)
# What is left of a message that was cut.
_PARTS = {
    "user": re.compile(rf'User "(?P<value>{_TEXT})"'),
    "verb": re.compile(r'cannot "?(?P<value>[a-z*:-]+)"?(?: |$)'),
    "resource": re.compile(r'resource "(?P<value>[a-z0-9\-*]+(?:/[a-z0-9*\-]+)?)"'),
    "group": re.compile(r'in API group "(?P<value>[a-z0-9.\-]*)"'),
    "namespace": re.compile(rf'namespace "(?P<value>{_TEXT})"'),
    "path": re.compile(rf'cannot [a-z]+ path "(?P<value>{_TEXT})"'),
}
_DESCRIBED = re.compile(rf'(?<![a-z0-9.\-])(?P<described>[a-z0-9.\-]{{1,253}})(?: "(?P<name>{_TEXT})")? is forbidden')


def read(text: str) -> Forbidden | None:
    """Return what a text says of a refused request, the fullest of its readings, or None where it says nothing."""
    best: Forbidden | None = None
    for form in spellings(text):
        found = _read_full(form) or _read_bare(form) or _read_parts(form)
        if found is not None and (best is None or found.known > best.known):
            best = found
    return best


def _read_full(text: str) -> Forbidden | None:
    match = _FULL.search(text) or _OLD.search(text)
    if match is None:
        return None
    said = match.groupdict()
    user, verb, reason = _value(said["user"]), said["verb"], _reason(said.get("reason"))
    if said.get("path") is not None:
        return Forbidden(user, verb, path=_value(said["path"]), reason=reason)
    # The older message leaves the core group out.
    group, name, namespace = said["group"] or "", _value(said["name"] or ""), _value(said["namespace"] or "")
    return Forbidden(user, verb, group, said["resource"], said["subresource"], name, namespace, reason=reason)


def _read_bare(text: str) -> Forbidden | None:
    if match := _KUBELET.search(text):
        return Forbidden(match["user"], match["verb"], "", match["resource"], match["subresource"] or None, "", "")
    match = _BARE.search(text)
    if match is None:
        return None
    if match["path"] is not None:
        return Forbidden(match["user"], match["verb"], path=match["path"])
    described = _DESCRIBED.search(text)
    name = _value(described["name"] or "") if described else ""
    return Forbidden(
        match["user"],
        match["verb"],
        match["group"],
        match["resource"],
        match["subresource"],
        name,
        match["namespace"] or "",
    )


def _read_parts(text: str) -> Forbidden | None:
    if "cannot " not in text and "is forbidden" not in text:
        return None
    parts = {name: _value(match["value"]) for name, pattern in _PARTS.items() if (match := pattern.search(text))}
    described = _DESCRIBED.search(text)
    resource, slash, subresource = parts.get("resource", "").partition("/")
    group = parts.get("group")
    if described is not None:
        plural, dot, suffix = described["described"].partition(".")
        resource = resource or plural
        group = suffix if group is None and (dot or "resource" not in parts) else group
    namespace = parts.get("namespace")
    if namespace is None and "at the cluster scope" in text:
        namespace = ""
    if "user" not in parts and "verb" not in parts:
        return None
    return Forbidden(
        parts.get("user"),
        parts.get("verb"),
        group,
        resource or None,
        subresource if slash else None,
        _value(described["name"] or "") if described else "",
        namespace,
        parts.get("path"),
    )


def _value(text: str) -> str:
    """Undo what the API server does to a text: entities first, then Go's quoting (5.1)."""
    for character, entity in _ESCAPED.items():
        if character != "&":
            text = text.replace(entity, character)
    return unquote(text.replace("&amp;", "&"))


def _reason(text: str | None) -> str:
    """Return the reason without what a logger or JSON wrote behind the message."""
    if not text:
        return ""
    return re.split(r'","|"}|\s+(?:error|level|time)=', text)[0].strip().rstrip('"')
