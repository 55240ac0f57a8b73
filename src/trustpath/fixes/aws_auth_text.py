"""Edits the text of ``mapRoles`` or ``mapUsers``: everything else in it, comments too, stays as it is."""

from collections.abc import Mapping
from io import StringIO

from trustpath.model.fix import PatchMapping

_FIELDS = {"mapRoles": "rolearn", "mapUsers": "userarn"}


class TextError(Exception):
    """The text is no list of mappings, so that nothing can be put into it."""


def patched_mapping(text: str, change: PatchMapping) -> str:
    """Return the text after a change. Raises TextError."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=2, offset=0)
    try:
        entries = yaml.load(text) if text.strip() else []
        if entries is None:  # nothing but comments: they stay above
            return f"{text.rstrip()}\n{patched_mapping('', change)}"
    except (YAMLError, ValueError, RecursionError) as error:  # a date that is none, nesting without end
        raise TextError(str(error)) from None
    if not isinstance(entries, list):
        raise TextError("the value is no list")
    field = _FIELDS[change.key]
    if change.index is None:
        entry: dict[str, object] = {field: change.arn}
        if change.username:
            entry["username"] = change.username
        entries.append({**entry, "groups": list(change.groups or ())})
    else:
        found = entries[change.index] if change.index < len(entries) else None
        if not isinstance(found, Mapping):
            raise TextError("the entry is no mapping")
        _set(found, field, change.arn)
        if change.username:
            _set(found, "username", change.username)
        if change.groups is not None:
            _set(found, "groups", list(change.groups))
    written = StringIO()
    yaml.dump(entries, written)
    return written.getvalue()


def _set(entry: object, field: str, value: object) -> None:
    """Set a field; one that is spelt in another case is spelt right (eks-identity C5)."""
    assert isinstance(entry, dict)  # noqa: S101  # the caller has looked
    for name in [name for name in entry if isinstance(name, str) and name != field and name.casefold() == field]:
        position = list(entry).index(name)
        del entry[name]
        entry.insert(position, field, value)  # type: ignore[attr-defined]  # ruamel's own mapping keeps an order
        return
    if entry.get(field) != value:
        entry[field] = value
