"""Whether a pod is older than the role on its service account, as far as the objects show.

Source: eks-identity W5 and W7; Kubernetes' managedFields, which kubectl shows with --show-managed-fields.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from trustpath.engine.webhook import ROLE_ANNOTATION
from trustpath.model.kubernetes import Metadata

RACE_SECONDS = 60
"""How long after its creation a service account may be unknown to the webhook: its informer's resync (W17)."""

_FIELD = f"f:{ROLE_ANNOTATION}"


class BindingAge(Struct, frozen=True):
    """``newer``: the role was written after the pod was made; ``older``: it was there; or not known.

    ``proven`` is false where a time is only the latest possible one. ``time`` is what shows it.
    """

    relation: Literal["newer", "older", "not-known"]
    proven: bool
    time: str


def binding_age(account: Metadata, pod_created: str, addon_changes: Iterable[str], injected_before: str) -> BindingAge:
    """Compare the writing of the role-arn annotation with the creation of a pod.

    ``addon_changes`` are the times at which EKS changed the add-on that writes this role;
    ``injected_before`` is the creation of an injected pod of the same account, empty without one.
    """
    if is_later(account.creation_timestamp or "", pod_created):
        return BindingAge("newer", True, account.creation_timestamp or "")
    if injected_before and is_later(pod_created, injected_before):
        return BindingAge("older", True, injected_before)
    for entry in account.managed_fields or ():
        if not entry.time or _FIELD.encode() not in bytes(entry.fields_v1):
            continue
        # The time of a manager's entry is its last change of anything it owns: the annotation was
        # written then or before.
        if is_later(entry.time, pod_created):
            return BindingAge("newer", _owns_only_annotation(bytes(entry.fields_v1)), entry.time)
        return BindingAge("older", True, entry.time)
    for time in addon_changes:
        if is_later(time, pod_created):
            return BindingAge("newer", False, time)
    if _within(account.creation_timestamp or "", pod_created, RACE_SECONDS):
        # Made together, annotation and all: the webhook had not seen the account yet (W7).
        return BindingAge("older", False, account.creation_timestamp or "")
    return BindingAge("not-known", False, "")


def _owns_only_annotation(fields: bytes) -> bool:
    try:
        owned = msgspec.json.decode(fields, type=dict[str, dict[str, dict[str, msgspec.Raw]]])
    except msgspec.DecodeError:
        return False
    annotations = owned.get("f:metadata", {}).get("f:annotations", {})
    return len(owned) == 1 and len(owned["f:metadata"]) == 1 and set(annotations) <= {".", _FIELD}


def _within(one: str, other: str, seconds: float) -> bool:
    first, second = _seconds(one), _seconds(other)
    return first is not None and second is not None and abs(second - first) <= seconds


def is_later(one: str, other: str) -> bool:
    """Return whether a time is later than another; false when one of them is no time.

    Takes RFC 3339 and the epoch seconds that the AWS CLI version 1 prints.
    """
    first, second = _seconds(one), _seconds(other)
    return first is not None and second is not None and first > second


def seconds_between(one: str, other: str) -> float:
    """Return how many seconds a time is before another, 0 where one of them is no time."""
    first, second = _seconds(one), _seconds(other)
    return second - first if first is not None and second is not None else 0


def _seconds(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        pass
    try:
        return float(text)
    except ValueError:
        return None
