"""``trustpath decide rbac``: requests to the RBAC authorizer as JSON lines.

The authorizer alone: stored rules, no other authorizer before or after it.
"""

from typing import Any

import msgspec
from msgspec import Raw, Struct

from trustpath.engine.rbac.authorizer import Allowed, Authorizer, BindingKind, RoleKind
from trustpath.engine.rbac.request import Request, ResourceRequest, UrlRequest, User
from trustpath.model.rbac import Binding, Role


class _Asked(Struct):
    user: str
    verb: str
    groups: list[str] | None = None
    group: str = ""
    version: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""


class _Question(Struct):
    request: _Asked
    id: Any = None
    objects: list[Raw] | None = None
    objects_ref: Any = None


class _Kind(Struct):
    kind: str = ""


_decode_question = msgspec.json.Decoder(_Question).decode
_decode_kind = msgspec.json.Decoder(_Kind).decode
_decode_role = msgspec.json.Decoder(Role).decode
_decode_binding = msgspec.json.Decoder(Binding).decode


class Answers:
    """Answers lines one after another and remembers the objects of each, for lines that refer to them."""

    def __init__(self) -> None:
        self._authorizers: dict[str, Authorizer] = {}

    def __call__(self, line: Raw) -> dict[str, object]:
        """Answer one line. Raises ValueError (msgspec's too) with one sentence for a bad one."""
        question = _decode_question(line)
        authorizer = self._authorizer(question)
        asked = question.request
        decision = authorizer.decide(User(asked.user, tuple(asked.groups or ())), _request(asked))
        if isinstance(decision, Allowed):
            return {
                "allowed": True,
                "binding": _named(decision.grant.kind, decision.grant.namespace, decision.grant.binding.metadata.name),
                "role": _named(decision.grant.role.kind, decision.grant.role.namespace, decision.grant.role.name),
                "rule_index": decision.rule,
                "reason": decision.reason,
            }
        return {"allowed": False, "binding": None, "role": None, "rule_index": None, "reason": decision.reason}

    def _authorizer(self, question: _Question) -> Authorizer:
        if question.objects is None:
            known = self._authorizers.get(str(question.objects_ref))
            if known is None:
                raise ValueError("`objects` is missing, and `objects_ref` names no earlier line that has them")
            return known
        authorizer = self._authorizers[str(question.id)] = _compile(question.objects)
        return authorizer


def _compile(objects: list[Raw]) -> Authorizer:
    roles: list[tuple[RoleKind, Role]] = []
    bindings: list[tuple[BindingKind, Binding]] = []
    for item in objects:
        kind = _decode_kind(item).kind
        match kind:
            case "Role" | "ClusterRole":
                roles.append((kind, _decode_role(item)))
            case "RoleBinding" | "ClusterRoleBinding":
                bindings.append((kind, _decode_binding(item)))
            case _:
                what = kind or "manifest without a kind"
                raise ValueError(f"`objects` holds a {what}; only roles and bindings decide")
    return Authorizer(roles, bindings)


def _request(asked: _Asked) -> Request:
    if asked.path and not asked.resource:
        return UrlRequest(asked.verb, asked.path)
    return ResourceRequest(asked.verb, asked.group, asked.resource, asked.subresource, asked.namespace, asked.name)


def _named(kind: str, namespace: str, name: str) -> dict[str, str | None]:
    return {"kind": kind, "namespace": namespace or None, "name": name}
