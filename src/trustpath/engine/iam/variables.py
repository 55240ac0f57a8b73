"""Policy variables in values: ``${key}``, ``${key, 'default'}``, ``${*}``, ``${?}``, ``${$}``.

Source: iam-evaluation 2 and S17. Only documents of version 2012-10-17 have variables.
"""

from msgspec import Struct

from trustpath.engine.iam.request import Absent, Present, RequestContext
from trustpath.engine.iam.wildcards import Part, Pattern, wildcard_parts

VERSION_WITH_VARIABLES = "2012-10-17"


class Unresolved(Struct, frozen=True):
    """A variable has no single value: the key is absent (or a list), or ``unknown``."""

    key: str
    unknown: bool


class Variable(Struct, frozen=True):
    """A place that a request fills. ``name`` is the key as written, ``default`` None where there is none."""

    name: str
    default: str | None
    key: str

    def value(self, context: RequestContext) -> str | Unresolved:
        """Return the text for a request. A multivalued key has none, and its default does not help."""
        found = context[self.key]
        if isinstance(found, Present):
            if found.multivalued or len(found.values) != 1:
                return Unresolved(self.name, unknown=False)
            return found.values[0]
        if isinstance(found, Absent):
            return Unresolved(self.name, unknown=False) if self.default is None else self.default
        return Unresolved(self.name, unknown=True)


class Template(Struct, frozen=True):
    """A value with variables: patterns' parts and the places that a request fills, in order."""

    parts: tuple[Part | Variable, ...]

    def resolve(self, context: RequestContext) -> Pattern | Unresolved:
        """Return the pattern for a request. What is filled in is plain text, also its stars."""
        filled: list[Part] = []
        missing: Unresolved | None = None
        for part in self.parts:
            if isinstance(part, Variable):
                value = part.value(context)
                if not isinstance(value, Unresolved):
                    filled.append(value)
                elif missing is None or not value.unknown:
                    # A key that is surely absent settles it, whatever the others may be.
                    missing = value
            else:
                filled.append(part)
        return missing or Pattern(filled)

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the keys of its variables, in lower case."""
        return tuple(part.key for part in self.parts if isinstance(part, Variable))

    def unknown_keys(self, context: RequestContext) -> tuple[str, ...]:
        """Return the keys of variables that are not known."""
        values = [part.value(context) for part in self.parts if isinstance(part, Variable)]
        return tuple(value.key for value in values if isinstance(value, Unresolved) and value.unknown)


def compile_value(text: str, version: str, *, like: bool) -> Pattern | Template:
    """Return the pattern that a value stands for, or a template where it has variables.

    Without ``like``, stars and question marks are plain characters.
    """
    if version != VERSION_WITH_VARIABLES or "${" not in text:
        return Pattern(_plain(text, like=like))
    parts: list[Part | Variable] = []
    end = 0
    while (start := text.find("${", end)) >= 0 and (close := text.find("}", start)) >= 0:
        parts.extend(_plain(text[end:start], like=like))
        end = close + 1
        name = text[start + 2 : close]
        parts.append(name if name in ("*", "?", "$") else _variable(name))
    parts.extend(_plain(text[end:], like=like))
    if any(isinstance(part, Variable) for part in parts):
        return Template(tuple(parts))
    return Pattern(part for part in parts if not isinstance(part, Variable))


def _variable(text: str) -> Variable:
    name, comma, default = text.partition(",")
    default = default.strip()
    if comma and len(default) > 1 and default[0] == default[-1] == "'":
        return Variable(name.strip(), default[1:-1], name.strip().lower())
    return Variable(text.strip(), None, text.strip().lower())


def _plain(text: str, *, like: bool) -> list[Part]:
    return wildcard_parts(text) if like else [text]
