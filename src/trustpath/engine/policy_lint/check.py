"""All checks of a document, in the order in which a reader meets what they are about."""

import json
from collections.abc import Iterator

from msgspec import Struct

from trustpath.engine.iam.refusals import Refusal, refusal
from trustpath.engine.policy_lint import (
    actions,
    conditions,
    control_policies,
    elements,
    mistakes,
    principals,
    resources,
    trust,
    variables,
)
from trustpath.engine.policy_lint.finding import Check, Finding, StatementToCheck
from trustpath.model.lint import Save
from trustpath.model.policy import JsonObject, Path, PolicyKind, doubled_keys, located_statements, read_document

_CHECKS: tuple[Check, ...] = (
    elements.statement,
    principals.form,
    principals.entries,
    principals.service_sources,
    trust.elements,
    trust.actions,
    trust.foreign_actions,
    actions.names,
    control_policies.service_control,
    resources.arns,
    conditions.operators,
    conditions.keys,
    conditions.sets,
    conditions.types,
    conditions.networks,
    variables.variables,
    trust.providers,
    trust.redundant_sessions,
    actions.permission_to_hand_out_roles,
    actions.redundant,
    resources.redundant,
    conditions.empty,
)


class Report(Struct, frozen=True):
    """What is to say of a document. ``findings`` carry Access Analyzer's codes, ``mistakes`` our own."""

    save: Save
    refusal: Refusal | None
    findings: tuple[Finding, ...]
    mistakes: tuple[Finding, ...]


def check(kind: PolicyKind, text: str) -> Report:
    """Return whether IAM would store a document, and what Access Analyzer says of it."""
    refused = refusal(kind, text)
    save = refused.verdict if refused else "accepted"
    try:
        tree = read_document(text)
    except (ValueError, RecursionError) as error:
        return Report(save, refused, (_not_json(error),), ())
    if not isinstance(tree, JsonObject):
        found = Finding("JSON_SYNTAX_ERROR", "error", "Fix the JSON syntax error: an object is expected.", ())
        return Report(save, refused, (found,), ())
    version = tree.get("Version")
    statements = [
        StatementToCheck(kind, version if isinstance(version, str) else "", statement, path)
        for statement, path in located_statements(tree)
    ]
    return Report(
        save, refused, tuple(_findings(kind, tree, text, statements)), tuple(_mistakes(kind, tree, statements))
    )


def _findings(kind: PolicyKind, tree: JsonObject, text: str, statements: list[StatementToCheck]) -> Iterator[Finding]:
    yield from elements.document(kind, tree, text)
    for index, statement in enumerate(_entries(tree)):
        if not isinstance(statement, JsonObject):
            message = "The text does not match the expected JSON data type Object."
            yield Finding("DATA_TYPE_MISMATCH", "error", message, ("Statement", index))
    for checked in statements:
        for one in _CHECKS:
            yield from one(checked)
    located = [(checked.statement, checked.path) for checked in statements]
    yield from elements.statement_ids(kind, located)
    yield from _doubled_statements(located)


def _mistakes(kind: PolicyKind, tree: JsonObject, statements: list[StatementToCheck]) -> Iterator[Finding]:
    for path in doubled_keys(tree):
        message = (
            f"`{path[-1]}` stands twice in one object: most tools keep the last one, what the first one demands is lost"
        )
        yield Finding("doubled-key", "security-warning", message, path)
    for checked in statements:
        yield from mistakes.unknown_actions(checked)
        for one in mistakes.TRUST_MISTAKES if kind == "trust" else ():
            yield from one(checked)
    if kind == "trust":
        yield from mistakes.session_tags(statements)


def _not_json(error: Exception) -> Finding:
    if isinstance(error, json.JSONDecodeError):
        message = f"Fix the JSON syntax error at line {error.lineno} and column {error.colno}: {error.msg}."
        return Finding("JSON_SYNTAX_ERROR", "error", message, (), at=(error.lineno, error.colno))
    what = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return Finding("JSON_SYNTAX_ERROR", "error", f"Fix the JSON syntax error: {what}.", ())


def _entries(tree: JsonObject) -> list[object]:
    found = tree.get("Statement")
    return found if isinstance(found, list) else []


def _doubled_statements(statements: list[tuple[JsonObject, Path]]) -> Iterator[Finding]:
    seen: set[str] = set()
    for statement, path in statements:
        text = json.dumps({key: value for key, value in statement.items() if key != "Sid"}, sort_keys=True)
        if text in seen:
            message = (
                "The statements are redundant because they provide identical permissions. Update the policy to remove "
                "the redundant statement."
            )
            yield Finding("REDUNDANT_STATEMENT", "suggestion", message, path)
        seen.add(text)
