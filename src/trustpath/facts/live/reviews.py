"""Reviews: what the API server itself says of a caller and of a request. It answers, and keeps nothing."""

from typing import TypeVar

import msgspec
from msgspec import Struct, field

from trustpath.facts.live.kubernetes_api import ApiError, KubernetesApi
from trustpath.model.question import AskedRequest
from trustpath.model.trace import Outcome, TruthCheck

R = TypeVar("R")

_AUTHORIZATION = "authorization.k8s.io/v1"


class Caller(Struct, frozen=True):
    """Whom the API server takes a caller for."""

    username: str = ""
    groups: tuple[str, ...] = ()


class _CallerStatus(Struct, rename="camel"):
    user_info: Caller = Caller()


class _SelfReview(Struct):
    status: _CallerStatus = field(default_factory=_CallerStatus)


class Verdict(Struct, frozen=True, rename="camel"):
    """What the API server's authorizers say. ``reason`` is RBAC's own, with the binding that allows."""

    allowed: bool = False
    denied: bool = False
    reason: str = ""
    evaluation_error: str = ""


class _AccessReview(Struct):
    status: Verdict = Verdict()


def who_am_i(api: KubernetesApi) -> Caller:
    """Return whom the API server takes the caller for. Raises ApiError: 401 where it knows nobody."""
    group = "authentication.k8s.io/v1"
    body = {"apiVersion": group, "kind": "SelfSubjectReview"}
    answer = api.request("POST", f"apis/{group}/selfsubjectreviews", body=body)
    return _decoded(answer, _SelfReview).status.user_info


def may_i(api: KubernetesApi, request: AskedRequest) -> Verdict:
    """Return whether the caller may do it. Raises ApiError."""
    body = {"apiVersion": _AUTHORIZATION, "kind": "SelfSubjectAccessReview", "spec": _attributes(request)}
    answer = api.request("POST", f"apis/{_AUTHORIZATION}/selfsubjectaccessreviews", body=body)
    return _decoded(answer, _AccessReview).status


def may(api: KubernetesApi, user: str, groups: tuple[str, ...], request: AskedRequest) -> Verdict:
    """Return whether somebody may do it. Raises ApiError, 403 where the caller may not ask about others."""
    spec = {"user": user, "groups": list(groups), **_attributes(request)}
    body = {"apiVersion": _AUTHORIZATION, "kind": "SubjectAccessReview", "spec": spec}
    answer = api.request("POST", f"apis/{_AUTHORIZATION}/subjectaccessreviews", body=body)
    return _decoded(answer, _AccessReview).status


def checked(
    api: KubernetesApi, user: str, groups: tuple[str, ...], request: AskedRequest, outcome: Outcome
) -> TruthCheck | None:
    """Return what the API server itself says to a question that was answered; None where it may not be asked."""
    try:
        asking = AskedRequest("create", "authorization.k8s.io", "subjectaccessreviews")
        if not may_i(api, asking).allowed:
            return None
        verdict = may(api, user, groups, request)
    except ApiError:
        return None
    said: Outcome = "allowed" if verdict.allowed else "denied"
    reason = verdict.reason or verdict.evaluation_error
    return TruthCheck("SubjectAccessReview", said, outcome in (said, "unknown"), reason)


def _attributes(request: AskedRequest) -> dict[str, object]:
    if request.path:
        return {"nonResourceAttributes": {"verb": request.verb, "path": request.path}}
    return {
        "resourceAttributes": {
            "verb": request.verb,
            "group": request.group,
            "resource": request.resource,
            "subresource": request.subresource,
            "namespace": request.namespace,
            "name": request.name,
        }
    }


def _decoded(answer: bytes, type_: type[R]) -> R:
    try:
        return msgspec.json.decode(answer, type=type_)
    except (msgspec.DecodeError, RecursionError):
        raise ApiError("failed", "the answer is no review as the API server gives it") from None
