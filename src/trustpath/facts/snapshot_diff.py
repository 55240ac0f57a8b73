"""What differs on the trust path between two snapshots."""

from typing import Any

import msgspec
from msgspec import Struct, structs

from trustpath.facts.collected import Collected, command_of
from trustpath.model.changes import Change, Changes, Field
from trustpath.model.reads import AwsRead

_PASSED_OVER = frozenset({"Node", "Pod", "ReplicaSet", "Job"})
"""Kinds that come and go by themselves."""
_TIMES = frozenset({"RoleLastUsed", "modifiedAt", "LastModified", "LastAccessed"})
_LONGEST = 300


def compare(before: Collected, after: Collected) -> Changes:
    """Return what is new, gone or changed: objects but for pods and what makes them, and the answers of AWS.

    What only one of the two snapshots tried to read is not compared.
    """
    old, new = _things(before), _things(after)
    both = {command_of(read) for read in before.answers.reads} & {command_of(read) for read in after.answers.reads}
    changes: list[Change] = []
    for name in sorted(old.keys() | new.keys()):
        if name not in new and _comparable(name, after, both):
            changes.append(Change("gone", name))
        elif name not in old and _comparable(name, before, both):
            changes.append(Change("new", name))
        elif name in old and name in new and old[name] != new[name]:
            fields = tuple(_differences(old[name], new[name], ""))
            if fields:
                changes.append(Change("changed", name, fields))
    return Changes("trustpath.dev/changes/v1", tuple(changes))


def _comparable(name: str, other: Collected, both: set[str]) -> bool:
    """Return whether the other snapshot would have it: it is an object of a kind that was listed, or was asked for."""
    if name in both:
        return True
    words = name.split()
    return words[:2] == ["kubectl", "get"] and any(
        command_of(read).split()[2].startswith(words[2])
        for read, result in other.answers.reads.items()
        if result.status == "read" and not isinstance(read, AwsRead)
    )


def _things(collected: Collected) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, (kind, value) in collected.objects.items():
        if kind not in _PASSED_OVER:
            bare = structs.replace(value, metadata=structs.replace(value.metadata, managed_fields=None, uid=None))
            found[name] = msgspec.json.decode(msgspec.json.encode(bare))
    for name, (_, text) in collected.documents.items():
        try:
            found[name] = msgspec.json.decode(text)
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
