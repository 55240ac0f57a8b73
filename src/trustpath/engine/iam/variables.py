"""Policy variables in values: ``${key}``, ``${key, 'default'}``, ``${*}``, ``${?}``, ``${$}``.

Source: iam-evaluation 2 and S17. Only documents of version 2012-10-17 have variables.
"""

import re

from msgspec import Struct

from trustpath.engine.iam.request import Absent, Present, RequestContext
from trustpath.engine.iam.wildcards import Pattern, compile_pattern

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"\s*([^,]*?)\s*,\s*'(.*)'\s*", re.DOTALL)


class Unresolved(Struct, frozen=True):
    """A variable has no single value: the key is absent (or a list), or ``unknown``."""

    key: str
    unknown: bool


def expand(text: str, version: str, context: RequestContext, *, like: bool) -> Pattern | Unresolved:
    """Return the pattern that a value stands for. Without ``like``, wildcards are plain characters."""
    if version != "2012-10-17" or "${" not in text:
        return _plain(text, like=like)
    parts: list[str | int] = []
    end = 0
    for variable in _VARIABLE.finditer(text):
        parts.extend(_plain(text[end : variable.start()], like=like))
        end = variable.end()
        name = variable[1]
        if name in ("*", "?", "$"):
            parts.append(name)
            continue
        found = _value(name, context)
        if isinstance(found, Unresolved):
            return found
        parts.extend(found)
    parts.extend(_plain(text[end:], like=like))
    return tuple(parts)  # type: ignore[arg-type]  # characters and the two wildcard marks


def _plain(text: str, *, like: bool) -> Pattern:
    return compile_pattern(text) if like else tuple(text)


def _value(name: str, context: RequestContext) -> str | Unresolved:
    default = _DEFAULT.fullmatch(name)
    key = default[1] if default else name.strip()
    value = context.get(key)
    if isinstance(value, Present):
        # A multivalued key cannot be used, and its default does not help (R:condition_sets).
        if value.multivalued or len(value.values) != 1:
            return Unresolved(key, unknown=False)
        return value.values[0]
    if isinstance(value, Absent):
        return default[2] if default else Unresolved(key, unknown=False)
    return Unresolved(key, unknown=True)
