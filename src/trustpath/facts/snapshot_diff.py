"""What differs on the trust path between two snapshots."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct, structs

from trustpath.facts.collected import Collected, command_of
from trustpath.model.changes import SCHEMA_VERSION, Change, Changes, Field
from trustpath.model.reads import KubernetesRead, Read, ReadResult

_PASSED_OVER = frozenset({"Node", "Pod", "ReplicaSet", "Job"})
"""Kinds that come and go by themselves."""
_TIMES = frozenset({"RoleLastUsed", "modifiedAt", "LastModified", "LastAccessed"})
_LONGEST = 300


def compare(before: Collected, after: Collected) -> Changes:
    """Return what is new, gone or changed: objects but for pods and what makes them, and the answers of AWS.

    What one of the two snapshots has and the other did not try to read is not compared; what it tried and was not
    given is named.
    """
    old, new = _things(before), _things(after)
    changes: list[Change] = []
    unread: list[str] = []
    for read in sorted(old.keys() | new.keys(), key=command_of):
        name = command_of(read)
        if read in old and read in new:
            fields = tuple(_differences(old[read], new[read], ""))
            if fields:
                changes.append(Change("changed", name, fields))
            continue
        status = _status(read, (before if read in new else after).answers.reads)
        if status in ("read", "absent"):
            changes.append(Change("new" if read in new else "gone", name))
        elif status in ("denied", "failed"):
            unread.append(name)
    return Changes(SCHEMA_VERSION, tuple(changes), tuple(unread))


def _status(read: Read, reads: Mapping[Read, ReadResult]) -> str:
    """Return how the reading of a thing went: by itself, or in a list of its kind; empty where nobody tried."""
    tried = [read]
    if isinstance(read, KubernetesRead):
        tried += [KubernetesRead(read.kind, read.namespace), KubernetesRead(read.kind)]
    found = {reads[item].status for item in tried if item in reads}
    return next((status for status in ("read", "absent", "denied", "failed") if status in found), "")


def _things(collected: Collected) -> dict[Read, Any]:
    found: dict[Read, Any] = {}
    for kind, value in collected.objects.values():
        if kind not in _PASSED_OVER:
            bare = structs.replace(value, metadata=structs.replace(value.metadata, managed_fields=None, uid=None))
            read = KubernetesRead(kind, value.metadata.namespace or "", value.metadata.name)
            found[read] = msgspec.json.decode(msgspec.json.encode(bare))
    for asked, text in collected.documents.values():
        try:
            found[asked] = msgspec.json.decode(text)
        except msgspec.DecodeError:
            continue
    return found


class _Absent(Struct, frozen=True):
    """Stands for a key that is not there."""


_NOTHING = _Absent()


def _differences(old: Any, new: Any, path: str) -> list[Field]:
    if old == new:
        return []
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            field
            for key in sorted(old.keys() | new.keys())
            if key not in _TIMES
            for field in _differences(old.get(key, _NOTHING), new.get(key, _NOTHING), f"{path}/{key}")
        ]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [field for index, (one, other) in pairs for field in _differences(one, other, f"{path}/{index}")]
    return [Field(path, _shown(old), _shown(new))]


def _shown(value: Any) -> str:
    if value is _NOTHING:
        return ""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
