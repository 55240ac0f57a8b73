"""Edits values of Helm and kustomize: a literal that stands once in a file, where the cluster's object has it."""

import re
from collections.abc import Iterator

import msgspec

from trustpath.model.fix import Change, Operation, PatchObject, PatchTrustPolicy
from trustpath.model.policy import PolicyDocument
from trustpath.model.snapshot import Snapshot

_SHORTEST = 8
"""A shorter literal may stand anywhere."""
_OBJECT = re.compile(r"^kind:\s*(?!Kustomization\b)", re.MULTILINE)
_PLAIN = re.compile(r"[\w.:/@+=,*-]+")
"""What needs no quotes and no escapes, neither in YAML nor in Terraform."""


def edited_values(text: str, change: Change, before: Snapshot) -> Iterator[str]:
    """Yield the text with each old literal replaced, where every one of them stands in it just once."""
    if not _OBJECT.search(text):  # another object's manifest may have the same value
        after = with_literals(text, change, before)
        if after is not None:
            yield after


def with_literals(text: str, change: Change, before: Snapshot) -> str | None:
    """Return a text with each old literal replaced, None where one does not stand in it just once, or more is done."""
    pairs = literals(change, before)
    for old, new in pairs:
        places = [match.start() for match in re.finditer(rf"(?<![\w./:@-]){re.escape(old)}(?![\w./:@-])", text)]
        if len(old) < _SHORTEST or len(places) != 1 or len(new) != 1 or _in_comment(text, places[0]):
            return None
        text = text[: places[0]] + new[0] + text[places[0] + len(old) :]
    return text if pairs else None


def _in_comment(text: str, place: int) -> bool:
    return re.search(r"(?:^|\s)#", text[text.rfind("\n", 0, place) + 1 : place]) is not None


def literals(change: Change, before: Snapshot) -> list[tuple[str, tuple[str, ...]]]:
    """Return old text and new ones of each value that is replaced; nothing for a change that does more."""
    old: object
    if isinstance(change, PatchTrustPolicy):
        roles = (item.value for item in before.aws.roles() if item.value.arn == change.role_arn)
        role = next(roles, None)
        if role is None or not isinstance(role.trust, PolicyDocument):
            return []
        old = msgspec.json.decode(role.trust.text)
    elif isinstance(change, PatchObject):
        known = before.kubernetes.known(change.kind, change.namespace, change.name)
        if known is None:
            return []
        old = msgspec.json.decode(msgspec.json.encode(known.value))
    else:
        return []
    found = [_pair(operation, old) for operation in change.operations]
    kept = [pair for pair in found if pair is not None]
    return kept if len(kept) == len(found) else []


def _pair(operation: Operation, old: object) -> tuple[str, tuple[str, ...]] | None:
    value = old
    for step in operation.path:
        children = dict(enumerate(value)) if isinstance(value, list) else value
        if not isinstance(children, dict) or step not in children:
            return None
        value = children[step]
    new = operation.value if isinstance(operation.value, list) else [operation.value]
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if operation.op == "remove" or not isinstance(value, str) or value == operation.value:
        return None
    texts = tuple(item for item in new if isinstance(item, str))
    return (value, texts) if len(texts) == len(new) and all(map(_PLAIN.fullmatch, (value, *texts))) else None
