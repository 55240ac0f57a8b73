"""Edits manifests in YAML files: an object by kind and name, and in it what a change touches."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any

import msgspec

from trustpath.fixes.aws_auth_text import TextError, patched_mapping
from trustpath.fixes.source_values import with_literals
from trustpath.model.fix import Change, Operation, PatchMapping, PatchObject
from trustpath.model.snapshot import Snapshot
from trustpath.model.source import Key

_SEPARATOR = re.compile(r"^---(?:[ \t].*)?\r?\n", re.MULTILINE)


_NESTED = re.compile(r"^( *)[^\s#-][^\n]*:[ \t]*(?:#[^\n]*)?\n\1( +)[^\s#-]", re.MULTILINE)
"""A map below its key, with how far in it stands."""
_LISTED = re.compile(r"^( *)[^\s#-][^\n]*:[ \t]*(?:#[^\n]*)?\n\1( +)- ", re.MULTILINE)
"""A list below its key, further in than that."""


class NotThereError(Exception):
    """The file's object has not what a change is about, or has it in another form."""


def edited_manifest(text: str, change: Change, before: Snapshot) -> Iterator[str]:
    """Yield the text after a change, once for each document that is of the change's object."""
    if isinstance(change, PatchObject):
        kind, namespace, name = change.kind, change.namespace, change.name
    elif isinstance(change, PatchMapping):
        kind, namespace, name = "ConfigMap", "kube-system", "aws-auth"
    else:
        return
    lines = text.count("\n")
    if lines and text.count("\r\n") == lines:
        # Lines end as on Windows, all of them.
        plain = edited_manifest(text.replace("\r\n", "\n"), change, before)
        yield from (after.replace("\n", "\r\n") for after in plain)
        return
    for start, end in _documents(text):
        document = text[start:end]
        # Most files are of other objects, and parsing is slow.
        if not re.search(rf"^kind:\s*[\"']?{re.escape(kind)}\b", document, re.MULTILINE) or name not in document:
            continue
        edited = _edited(document, kind, namespace, name, change, before)
        if edited is not None:
            yield text[:start] + edited + text[end:]


def _documents(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each document of a file starts and ends, without the lines between them."""
    start = 0
    for match in _SEPARATOR.finditer(text):
        if text[start : match.start()].strip():
            yield start, match.start()
        start = match.end()
    if text[start:].strip():
        yield start, len(text)


def _edited(document: str, kind: str, namespace: str, name: str, change: Change, before: Snapshot) -> str | None:
    yaml, value = _loaded(document)
    metadata = value.get("metadata") if isinstance(value, Mapping) else None
    if not isinstance(metadata, Mapping) or value.get("kind") != kind or metadata.get("name") != name:
        return None
    if metadata.get("namespace") not in (None, namespace or None):
        return None
    if not re.search(r"[&*][\w-]+\s*$", document, re.MULTILINE):
        # Where it is enough, the text is better than any program's writing.
        replaced = with_literals(document, change, before)
        if replaced is not None:
            return replaced
    unchanged = _dumped(yaml, value)
    try:
        if isinstance(change, PatchMapping):
            _map(value, change, before)
        elif isinstance(change, PatchObject):
            known = before.kubernetes.known(kind, namespace, name)
            live = msgspec.json.decode(msgspec.json.encode(known.value)) if known is not None else {}
            for operation in change.operations:
                _apply(value, live, operation)
    except (NotThereError, TextError):
        return None
    return _merged(document, unchanged, _dumped(yaml, value))


def _loaded(document: str) -> tuple[Any, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1 << 16
    # The style of most of the file: how far in a map is, and whether `- ` stands below its key or further in.
    steps = Counter(map(len, (found[1] for found in _NESTED.findall(document))))
    flush = len(re.findall(r"^( *)[^\s#-][^\n]*:[ \t]*\n\1- ", document, re.MULTILINE))
    offsets = Counter(map(len, (found[1] for found in _LISTED.findall(document))))
    mapping = steps.most_common(1)[0][0] if steps else 2
    offset = offsets.most_common(1)[0][0] if offsets.total() > flush else 0
    yaml.indent(mapping=mapping, sequence=offset + 2, offset=offset)
    try:
        return yaml, yaml.load(document)
    except (YAMLError, ValueError, RecursionError):
        return yaml, None  # a template, not a manifest


def _dumped(yaml: Any, value: Any) -> str:
    written = StringIO()
    yaml.dump(value, written)
    return written.getvalue()


def _merged(original: str, unchanged: str, changed: str) -> str | None:
    """Return the original with what differs between two texts that a program wrote of it; None where that is not clear.

    So what the program would write in another way stays as its author wrote it.
    """
    import difflib

    lines, base, after = (text.splitlines(keepends=True) for text in (original, unchanged, changed))
    place: dict[int, int] = {}
    for tag, start, end, to, _ in difflib.SequenceMatcher(None, base, lines, autojunk=False).get_opcodes():
        if tag == "equal":
            place.update((start + offset, to + offset) for offset in range(end - start))
    found = list(lines)
    for tag, start, end, to, to_end in reversed(
        difflib.SequenceMatcher(None, base, after, autojunk=False).get_opcodes()
    ):
        if tag == "equal":
            continue
        if start == end:  # lines are added behind one that is there
            anchor = place.get(start - 1)
            at = 0 if start == 0 else None if anchor is None else anchor + 1
            if at is None:
                return None
            if at and not found[at - 1].endswith("\n"):
                found[at - 1] += "\n"
            found[at:at] = after[to:to_end]
            continue
        spots = [place.get(index) for index in range(start, end)]
        if None in spots or spots != list(range(spots[0] or 0, (spots[0] or 0) + end - start)):
            return None
        first = spots[0] or 0
        found[first : first + end - start] = after[to:to_end]
    return "".join(found)


def _apply(value: Any, live: Any, operation: Operation) -> None:
    """Apply an operation to a document of a file: items of lists are those of the cluster's object, not of its place.

    Raises NotThereError.
    """
    *steps, last = operation.path
    target, known = value, live
    for position, step in enumerate(steps):
        target, known = _step(target, known, step, operation, position)
        anchor = target.yaml_anchor() if hasattr(target, "yaml_anchor") else None
        if anchor is not None and anchor.value:
            raise NotThereError  # what an alias shows elsewhere would change as well
    if isinstance(target, list):
        if last == "-" and operation.op == "add":
            if operation.value not in target:
                target.append(operation.value)
            return
        index = _index(target, known, last)
        if operation.op == "remove":
            del target[index]
        else:
            target[index] = _quoted_as(target[index], operation.value)
    elif isinstance(target, dict):
        if operation.op == "remove":
            if last not in target:
                raise NotThereError
            del target[last]
        elif operation.value == {} and last in target:
            return  # a map to put something into
        elif operation.op == "replace" and last not in target:
            raise NotThereError
        else:
            target[last] = _quoted_as(target.get(last), operation.value)
    else:
        raise NotThereError


def _quoted_as(old: Any, new: object) -> object:
    """Return a text with the quotes of the one in whose place it comes."""
    from ruamel.yaml.scalarstring import ScalarString

    return type(old)(new) if isinstance(old, ScalarString) and isinstance(new, str) else new


def _step(target: Any, known: Any, step: Key, operation: Operation, position: int) -> tuple[Any, Any]:
    if isinstance(target, list):
        index = _index(target, known, step)
        return target[index], _child(known, step)
    if not isinstance(target, dict):
        raise NotThereError
    if step not in target or target[step] is None:
        # What is added below a map that the file does not have, as of annotations, makes it.
        if operation.op != "add" or isinstance(operation.path[position + 1], int):
            raise NotThereError
        target[step] = [] if operation.path[position + 1] == "-" else {}
    return target[step], _child(known, step)


def _child(known: Any, step: Key) -> Any:
    if isinstance(known, list):
        return known[step] if isinstance(step, int) and step < len(known) else None
    return known.get(step) if isinstance(known, dict) else None


def _index(target: list[Any], known: Any, step: Key) -> int:
    """Return where in a file's list an item of the cluster's list is, by its name or as it is. Raises NotThereError."""
    wanted = _child(known, step)
    name = wanted.get("name") if isinstance(wanted, dict) else None
    for index, item in enumerate(target):
        if isinstance(item, Mapping) and name is not None and item.get("name") == name:
            return index
    plain = msgspec.json.decode(msgspec.json.encode(target, enc_hook=str))
    for index, item in enumerate(plain):
        if item == wanted and name is None:
            return index
    raise NotThereError


def _map(value: Any, change: PatchMapping, before: Snapshot) -> None:
    """Change an entry of aws-auth, which may stand elsewhere in the file than in the cluster. Raises NotThereError."""
    from ruamel.yaml import YAML
    from ruamel.yaml.scalarstring import LiteralScalarString

    data = value.get("data")
    text = data.get(change.key) if isinstance(data, dict) else None
    if not isinstance(text, str):
        raise NotThereError
    index = change.index
    if index is not None:
        config = before.kubernetes.known("ConfigMap", "kube-system", "aws-auth")
        raw = (config.value.data or {}).get(change.key) if config is not None else None
        entries = YAML(typ="safe").load(msgspec.json.decode(raw, type=str)) if raw else []
        own = YAML(typ="safe").load(text) or []
        if not isinstance(entries, list) or index >= len(entries) or entries[index] not in own:
            raise NotThereError
        index = own.index(entries[index])
    patched = patched_mapping(text, msgspec.structs.replace(change, index=index))
    data[change.key] = LiteralScalarString(patched)
