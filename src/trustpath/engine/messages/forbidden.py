"""The Forbidden message of the API server, written and read (kubernetes-rbac 5)."""

from trustpath.engine.go_strings import quote
from trustpath.engine.rbac.request import Request, ResourceRequest

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
