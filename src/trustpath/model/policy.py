"""Policy documents as IAM stores them: a string or a list everywhere, doubled keys kept in sight.

Source of the grammar: iam-evaluation 1.1 and 1.2.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Literal
from urllib.parse import unquote

from msgspec import Struct

from trustpath.model.source import Key

Path = tuple[Key, ...]
Effect = Literal["Allow", "Deny"]
PolicyKind = Literal["identity", "trust", "scp", "rcp", "resource", "session"]
"""What a document is: ``identity`` also for boundaries, ``session`` for inline session policies."""


TRUST_ACTIONS = frozenset(
    f"sts:{name}"
    for name in (
        "assumerole",
        "assumerolewithsaml",
        "assumerolewithwebidentity",
        "tagsession",
        "setsourceidentity",
        "setcontext",
    )
)
"""The actions that a role's trust policy allows, in lower case; each is a separate permission (4.2)."""


class Text(Struct, frozen=True):
    """A text of a document and the keys that lead to it."""

    value: str
    path: Path


class PrincipalEntry(Struct, frozen=True):
    """One principal: ``kind`` is AWS, Federated, Service or CanonicalUser, or ``*`` for the bare star."""

    kind: str
    value: str
    path: Path


class Condition(Struct, frozen=True):
    """One key under one operator, with its values in the order of the document."""

    operator: str
    key: str
    values: tuple[Text, ...]
    path: Path


class Statement(Struct, frozen=True):
    """One statement. ``None`` means that the element is not there, an empty tuple that it is empty."""

    index: int
    sid: str
    effect: Effect
    path: Path
    principals: tuple[PrincipalEntry, ...] | None
    not_principals: tuple[PrincipalEntry, ...] | None
    actions: tuple[Text, ...] | None
    not_actions: tuple[Text, ...] | None
    resources: tuple[Text, ...] | None
    not_resources: tuple[Text, ...] | None
    conditions: tuple[Condition, ...]


class PolicyDocument(Struct, frozen=True):
    """A document that IAM would read. ``doubled`` lists keys that stand twice in one object (S14): of actions and
    resources both count, of other keys the last. ``text`` is what it was read from."""

    version: str
    statements: tuple[Statement, ...]
    doubled: tuple[Path, ...] = ()
    text: str = ""


class MalformedPolicy(Struct, frozen=True):
    """A document that IAM would refuse: what is wrong, and under which keys.

    ``is_json`` is false where the text could not be read at all, so that nothing is known of its content.
    """

    problem: str
    path: Path = ()
    is_json: bool = True


class JsonObject(dict[str, object]):
    """A JSON object that remembers every value of the keys that stood twice; as a dict it has the last ones."""

    every: Mapping[str, list[object]] = MappingProxyType({})

    @property
    def doubled(self) -> tuple[str, ...]:
        """Return the keys that stood twice."""
        return tuple(self.every)


class JsonNumber(str):
    """A number as it is written: IAM compares values as text after conversion (iam-evaluation 3)."""

    __slots__ = ()


class _MalformedError(Exception):
    def __init__(self, problem: str, path: Path) -> None:
        super().__init__(problem)
        self.found = MalformedPolicy(problem, path)


def parse_policy(text: str) -> PolicyDocument | MalformedPolicy:
    """Read a document from JSON text: an object, or a string that holds one, URL-encoded or plain."""
    try:
        value = read_document(text)
    except (ValueError, RecursionError) as error:
        return MalformedPolicy(f"the document is not JSON: {error}", is_json=False)
    if not isinstance(value, JsonObject):
        return MalformedPolicy("the document is not a JSON object")
    try:
        return _document(value, text)
    except _MalformedError as error:
        return error.found


def read_document(text: str) -> object:
    """Return the JSON value of a document, also where it is a string that holds it. Raises as ``read_json``."""
    return read_json(document_text(text))


def document_text(text: str) -> str:
    """Return the text that IAM stores, where it stands in a JSON string, URL-encoded or plain, or by itself."""
    if not text.lstrip().startswith('"'):
        return text
    value = read_json(text)
    if not isinstance(value, str):
        return text
    inner = value.strip()
    return unquote(inner) if inner.startswith("%") else inner


def read_json(text: str) -> object:
    """Return the value of a JSON text, with ``JsonObject`` and ``JsonNumber`` in place of dict and numbers.

    Raises ValueError (json.JSONDecodeError with a place, where there is one) or RecursionError.
    """
    value: object = json.loads(
        text, object_pairs_hook=_pairs, parse_int=JsonNumber, parse_float=JsonNumber, parse_constant=_no_json
    )
    if _SURROGATE.search(text):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ValueError("half of a surrogate pair is no text") from None
    return value


_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")


def _no_json(word: str) -> object:
    raise ValueError(f"{word} is not JSON")


def _pairs(pairs: list[tuple[str, object]]) -> JsonObject:
    result = JsonObject(pairs)
    if len(result) != len(pairs):
        values: dict[str, list[object]] = {}
        for key, value in pairs:
            values.setdefault(key, []).append(value)
        result.every = {key: found for key, found in values.items() if len(found) > 1}
    return result


def doubled_keys(value: object, path: Path = ()) -> Iterator[Path]:
    """Yield the places of keys that stand twice in one object of a JSON value."""
    if isinstance(value, JsonObject):
        yield from ((*path, key) for key in value.doubled)
        for key, child in value.items():
            yield from doubled_keys(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from doubled_keys(child, (*path, index))


LocatedStatement = tuple[JsonObject, Path]
"""A statement of a document and where it stands."""


def located_statements(tree: JsonObject) -> list[LocatedStatement]:
    """Return the statements of a document, whether it holds one or a list."""
    found = tree.get("Statement")
    if isinstance(found, JsonObject):
        return [(found, ("Statement",))]
    items = found if isinstance(found, list) else []
    return [(item, ("Statement", index)) for index, item in enumerate(items) if isinstance(item, JsonObject)]


def listed(statement: JsonObject, element: str, path: Path = ()) -> list[tuple[str, Path]]:
    """Return the texts of an element, whether it holds one or a list, each with its place."""
    value = statement.get(element)
    if isinstance(value, list):
        return [
            (item, (*path, element, index))
            for index, item in enumerate(value)
            if isinstance(item, str) and not isinstance(item, JsonNumber)
        ]
    return [(value, (*path, element))] if isinstance(value, str) and not isinstance(value, JsonNumber) else []


def _document(value: JsonObject, text: str) -> PolicyDocument:
    # Element names are literals (iam-evaluation 1.1): another case is an unknown element.
    unknown = [key for key in value if key not in ("Version", "Id", "Statement")]
    if unknown:
        raise _MalformedError(f"`{unknown[0]}` is no element of a policy document", (unknown[0],))
    version = value.get("Version", "2008-10-17")
    if version not in ("2012-10-17", "2008-10-17"):
        raise _MalformedError("`Version` is neither 2012-10-17 nor 2008-10-17", ("Version",))
    statements = value.get("Statement")
    entries: list[tuple[Path, object]]
    if isinstance(statements, list):
        entries = [(("Statement", index), entry) for index, entry in enumerate(statements)]
    else:
        entries = [(("Statement",), statements)]
    if not entries:
        raise _MalformedError("`Statement` is empty", ("Statement",))
    return PolicyDocument(
        version,
        tuple(_statement(index, entry, path) for index, (path, entry) in enumerate(entries)),
        tuple(doubled_keys(value)),
        text,
    )


_ELEMENTS = frozenset(
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"]
)


_RESOURCES = ("Resource", "NotResource")


def _statement(index: int, value: object, path: Path) -> Statement:
    if not isinstance(value, JsonObject):
        raise _MalformedError("a statement is not a JSON object", path)
    for key in value:
        if key not in _ELEMENTS:
            raise _MalformedError(f"`{key}` is no element of a statement", (*path, key))
    effect = value.get("Effect")
    if effect != "Allow" and effect != "Deny":
        raise _MalformedError("`Effect` is neither Allow nor Deny", (*path, "Effect"))
    for one, other in (("Action", "NotAction"), ("Principal", "NotPrincipal"), ("Resource", "NotResource")):
        if one in value and other in value:
            raise _MalformedError(f"a statement has both `{one}` and `{other}`", (*path, other))
    if "Action" not in value and "NotAction" not in value:
        raise _MalformedError("a statement has no `Action`", path)
    return Statement(
        index,
        _text(value.get("Sid", ""), (*path, "Sid")),
        effect,
        path,
        _principals(value, "Principal", path),
        _principals(value, "NotPrincipal", path),
        _texts(value, "Action", path),
        _texts(value, "NotAction", path),
        _texts(value, "Resource", path),
        _texts(value, "NotResource", path),
        tuple(_conditions(value.get("Condition"), (*path, "Condition"))),
    )


def _text(value: object, path: Path) -> str:
    if not isinstance(value, str) or isinstance(value, JsonNumber):
        raise _MalformedError("a text is expected here", path)
    return value


def _operand(value: object, path: Path) -> str:
    # Values of conditions may be numbers and booleans without quotes (iam-evaluation 1.1).
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        raise _MalformedError("a text, a number or a boolean is expected here", path)
    return str(value)  # a number as it is written, and no longer a JsonNumber


def _list(value: object, path: Path, read: Callable[[object, Path], str]) -> tuple[Text, ...]:
    if isinstance(value, list):
        # IAM stores a null among resources and ignores it (recorded).
        items = [(i, item) for i, item in enumerate(value) if item is not None or path[-1] not in _RESOURCES]
        return tuple(Text(read(item, (*path, i)), (*path, i)) for i, item in items)
    return (Text(read(value, path), path),)


def _texts(value: JsonObject, key: str, path: Path) -> tuple[Text, ...] | None:
    if key not in value:
        return None
    # IAM joins what stands under one name twice (iam-evaluation 1.1).
    found = value.every.get(key, [value[key]])
    return tuple(text for item in found for text in _list(item, (*path, key), _text))


def _principals(value: JsonObject, key: str, path: Path) -> tuple[PrincipalEntry, ...] | None:
    if key not in value:
        return None
    here: Path = (*path, key)
    principal = value[key]
    if principal == "*":
        return (PrincipalEntry("*", "*", here),)
    if not isinstance(principal, JsonObject):
        raise _MalformedError(f"`{key}` is neither an object nor a star", here)
    return tuple(
        PrincipalEntry(kind, text.value, text.path)
        for kind, values in principal.items()
        for text in _list(values, (*here, kind), _text)
    )


def _conditions(value: object, path: Path) -> Iterator[Condition]:
    if value is None:
        return
    if not isinstance(value, JsonObject):
        raise _MalformedError("`Condition` is not a JSON object", path)
    for operator, keys in value.items():
        if not isinstance(keys, JsonObject):
            raise _MalformedError(f"`{operator}` is not a JSON object", (*path, operator))
        for key, values in keys.items():
            here = (*path, operator, key)
            yield Condition(operator, key, _list(values, here, _operand), here)
