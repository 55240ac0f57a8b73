"""``trustpath decide webhook``: a pod, its service account and the webhook's flags, and the pod that comes of it."""

from typing import Any

import msgspec
from msgspec import Raw, Struct

from trustpath.engine.webhook_mutation import Configuration, PodIdentity, mutate


class _ServiceAccount(Struct):
    namespace: str
    name: str


class _PodIdentity(Struct):
    audience: str | None = None
    mount_path: str | None = None
    volume_name: str | None = None
    token_path: str | None = None
    full_uri: str | None = None
    service_accounts: list[_ServiceAccount] | None = None


class _Configuration(Struct):
    annotation_prefix: str | None = None
    audience: str | None = None
    mount_path: str | None = None
    token_expiration: int | None = None
    region: str | None = None
    sts_regional_endpoints: bool | None = None
    pod_identity: _PodIdentity | None = None


class _Question(Struct):
    pod: dict[str, Any]
    service_account: dict[str, Any] | None = None
    config: _Configuration | None = None


_decode = msgspec.json.Decoder(_Question).decode


def answer(line: Raw) -> dict[str, object]:
    """Answer one line. Raises ValueError (msgspec's) with one sentence where the line has another shape."""
    question = _decode(line)
    try:
        method, pod = mutate(question.pod, question.service_account, _configuration(question.config))
    except (AttributeError, TypeError):
        raise ValueError("`pod` or `service_account` has not the form of a Kubernetes object") from None
    return {"method": method, "pod": pod}


def _configuration(given: _Configuration | None) -> Configuration:
    """Return the flags; those that are left out have EKS's value."""
    if given is None:
        return Configuration()
    identity = given.pod_identity
    chosen = _given(given) | {"pod_identity": None if identity is None else _pod_identity(identity)}
    return Configuration(**chosen)


def _pod_identity(given: _PodIdentity) -> PodIdentity:
    accounts = frozenset((item.namespace, item.name) for item in given.service_accounts or ())
    return PodIdentity(**(_given(given) | {"service_accounts": accounts}))


def _given(struct: Struct) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(struct).items() if value is not None}
