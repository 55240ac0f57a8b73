"""Elements of a document and of a statement: unknown, missing, doubled, empty, of another type."""

import re
from collections.abc import Iterator

from trustpath.engine.iam.refusals import QUOTAS
from trustpath.engine.policy_lint.finding import Finding, StatementToCheck, json_type
from trustpath.model.policy import JsonObject, Path, PolicyKind

_STATEMENT = frozenset(
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"]
)
_SIZE_CODES = {
    "trust": ("POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA", "warning", "role trust policy"),
    "identity": ("POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA", "warning", "managed policy"),
    "scp": ("POLICY_SIZE_EXCEEDS_SCP_QUOTA", "error", "service control policy"),
    "rcp": ("POLICY_SIZE_EXCEEDS_RCP_QUOTA", "error", "resource control policy"),
}


def document(kind: PolicyKind, tree: JsonObject, text: str) -> Iterator[Finding]:
    """Check what stands outside of statements."""
    for key in tree:
        if key not in ("Version", "Id", "Statement"):
            yield _unknown_element(key, (key,))
    version = tree.get("Version")
    if version is None:
        message = "We recommend that you specify the Version element to help you with debugging permission issues."
        yield Finding("MISSING_VERSION", "warning", message, ())
    elif not isinstance(version, str) or json_type(version) != "String":
        yield _data_type("String", ("Version",))
    elif version not in ("2012-10-17", "2008-10-17"):
        message = f"The version {version} is not valid. Use one of the following versions: 2012-10-17, 2008-10-17"
        yield Finding("INVALID_VERSION", "error", message, ("Version",))
    statements = tree.get("Statement")
    if statements is None or statements == []:
        path: Path = ("Statement",) if "Statement" in tree else ()
        yield Finding("MISSING_STATEMENT", "error", "Add a statement to the policy", path)
    elif not isinstance(statements, JsonObject | list):
        yield _data_type("Object", ("Statement",))
    if "Id" in tree and json_type(tree["Id"]) != "String":
        yield _data_type("String", ("Id",))
    yield from _size(kind, text)


def _size(kind: PolicyKind, text: str) -> Iterator[Finding]:
    quota = QUOTAS.get(kind)
    length = len(re.sub(r"\s", "", text))
    if quota is not None and length > quota:
        code, severity, name = _SIZE_CODES[kind]
        message = (
            f"The {length} characters in the {name}, excluding whitespace, exceed the character maximum of {quota}."
        )
        yield Finding(code, "error" if severity == "error" else "warning", message, ())


def _unknown_element(key: str, path: Path) -> Finding:
    return Finding("INVALID_POLICY_ELEMENT", "error", f"The policy element {key} is not valid.", path)


def _data_type(wanted: str, path: Path) -> Finding:
    message = f"The text does not match the expected JSON data type {wanted}."
    return Finding("DATA_TYPE_MISMATCH", "error", message, path)


def statement(checked: StatementToCheck) -> Iterator[Finding]:
    """Check the elements of one statement."""
    found, path = checked.statement, checked.path
    for key in found:
        if key not in _STATEMENT:
            yield _unknown_element(key, (*path, key))
    yield from _types(found, path)
    yield from _effect(found, path)
    yield from _sid(found, path)
    for one in ("Action", "Principal", "Resource"):
        if one in found and f"Not{one}" in found:
            message = (
                f"The policy elements {one} and Not{one} can not be used in the same statement. Remove one of these "
                "elements."
            )
            yield Finding("UNSUPPORTED_ELEMENT_COMBINATION", "error", message, (*path, f"Not{one}"))
    yield from _missing(checked)
    yield from _empty(checked)


def _types(found: JsonObject, path: Path) -> Iterator[Finding]:
    for element in ("Action", "NotAction", "Resource", "NotResource"):
        value = found.get(element, "")
        items = value if isinstance(value, list) else [value]
        for index, item in enumerate(items):
            if json_type(item) != "String":
                yield _data_type("String", (*path, element, index) if isinstance(value, list) else (*path, element))
    if "Sid" in found and json_type(found["Sid"]) != "String":
        yield _data_type("String", (*path, "Sid"))
    if "Condition" in found:
        block = found["Condition"]
        if not isinstance(block, JsonObject):
            yield _data_type("Object", (*path, "Condition"))
        else:
            for name, keys in block.items():
                if not isinstance(keys, JsonObject):
                    yield _data_type("Object", (*path, "Condition", name))


def _effect(found: JsonObject, path: Path) -> Iterator[Finding]:
    effect = found.get("Effect")
    if "Effect" not in found:
        message = "Add an Effect element to the policy statement with a value of Allow or Deny."
        yield Finding("MISSING_EFFECT", "error", message, path)
    elif json_type(effect) != "String":
        yield _data_type("String", (*path, "Effect"))
    elif effect not in ("Allow", "Deny"):
        yield Finding(
            "INVALID_EFFECT", "error", f"The effect {effect} is not valid. Use Allow or Deny.", (*path, "Effect")
        )


def _sid(found: JsonObject, path: Path) -> Iterator[Finding]:
    sid = found.get("Sid")
    if sid == "":
        yield Finding(
            "EMPTY_SID_VALUE", "suggestion", "Add a value to the empty string in the Sid element.", (*path, "Sid")
        )
    elif isinstance(sid, str) and json_type(sid) == "String" and not re.fullmatch(r"[A-Za-z0-9]+", sid):
        message = (
            "Update the characters in the Sid element to use one of the following character types: [a-z, A-Z, 0-9]"
        )
        yield Finding("UNSUPPORTED_SID", "error", message, (*path, "Sid"))


def _missing(checked: StatementToCheck) -> Iterator[Finding]:
    found, path = checked.statement, checked.path
    if "Action" not in found and "NotAction" not in found:
        message = "Add an Action or NotAction element to the policy statement."
        yield Finding("MISSING_ACTION", "error", message, path)
    if checked.kind != "trust" and "Resource" not in found and "NotResource" not in found:
        message = "Add a Resource or NotResource element to the policy statement."
        yield Finding("MISSING_RESOURCE", "error", message, path)
    named = "Principal" in found or "NotPrincipal" in found
    if checked.kind in ("trust", "resource", "rcp") and not named:
        message = "Add a Principal element to the policy statement."
        yield Finding("MISSING_PRINCIPAL", "error", message, path)


def _empty(checked: StatementToCheck) -> Iterator[Finding]:
    found, path = checked.statement, checked.path
    for element, code, noun in (
        ("Action", "EMPTY_ARRAY_ACTION", "actions"),
        ("Resource", "EMPTY_ARRAY_RESOURCE", "resources"),
    ):
        for name in (element, f"Not{element}"):
            if found.get(name) == []:
                message = f"This statement includes no {noun} and does not affect the policy. Specify {noun}."
                yield Finding(code, "suggestion", message, (*path, name))
    message = "This statement includes no principals and does not affect the policy. Specify principals."
    for name in ("Principal", "NotPrincipal"):
        block = found.get(name)
        if isinstance(block, JsonObject):
            if not block:
                yield Finding("EMPTY_OBJECT_PRINCIPAL", "suggestion", message, (*path, name))
            for kind, names in block.items():
                if names == []:
                    yield Finding("EMPTY_ARRAY_PRINCIPAL", "suggestion", message, (*path, name, kind))
    # Documented without limits; AWS's own examples of trust policies carry an empty block without a finding.
    if found.get("Condition") == {} and checked.kind != "trust":
        text = "This condition block is empty and it does not affect the policy. Specify conditions."
        yield Finding("EMPTY_OBJECT_CONDITION", "suggestion", text, (*path, "Condition"))


def statement_ids(kind: PolicyKind, statements: list[tuple[JsonObject, Path]]) -> Iterator[Finding]:
    """Check that statement ids are unique where they have to be."""
    seen: set[str] = set()
    for found, path in statements:
        sid = found.get("Sid")
        if isinstance(sid, str) and sid:
            if sid in seen:
                if kind == "resource":
                    message = "We recommend that statement IDs be unique within a policy. Update the Sid value."
                    yield Finding("UNIQUE_SIDS_RECOMMENDED", "warning", message, (*path, "Sid"))
                else:
                    message = "Duplicate statement IDs are not supported for this policy type. Update the Sid value."
                    yield Finding("UNIQUE_SIDS_REQUIRED", "error", message, (*path, "Sid"))
            seen.add(sid)
