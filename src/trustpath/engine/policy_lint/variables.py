"""Policy variables: where they stand, and how they are written."""

import re
from collections.abc import Iterator

from trustpath.engine.iam.variables import VERSION_WITH_VARIABLES
from trustpath.engine.policy_lint.finding import Finding, StatementToCheck
from trustpath.model.policy import Path

_OPENED = re.compile(r"\$\{([^}]*)(\}?)")


def variables(checked: StatementToCheck) -> Iterator[Finding]:
    """Check every text of a statement that holds ``${``."""
    for element in ("Action", "NotAction"):
        yield from _unsupported(element, checked.entries(element))
    for element in ("Principal", "NotPrincipal"):
        texts = [(text, path) for _, text, path in checked.principals if path[len(checked.path)] == element]
        yield from _unsupported(element, texts)
    supported = list(checked.entries_of("Resource"))
    for operand in checked.operands:
        if operand.operator is None:
            continue
        texts = [(text, path) for text, path in operand.texts() if "${" in text]
        if operand.operator.family in ("String", "Arn"):
            supported += texts
        else:
            for _, path in texts:
                message = (
                    "Policy variables can only be used with String and ARN operators, not with "
                    f"{operand.operator_text}."
                )
                yield Finding("INVALID_VARIABLE_FOR_OPERATOR", "error", message, path)
    for text, path in supported:
        if "${" in text:
            yield from _form(text, checked.version, path)


def _unsupported(element: str, texts: list[tuple[str, Path]]) -> Iterator[Finding]:
    for text, path in texts:
        if "${" in text:
            message = (
                "Policy variables are supported in the Resource and Condition elements. Remove the policy variable "
                f"from {element}."
            )
            yield Finding("VARIABLE_UNSUPPORTED_IN_ELEMENT", "error", message, path)


def _form(text: str, version: str, path: Path) -> Iterator[Finding]:
    if version != VERSION_WITH_VARIABLES:
        message = f"To use policy variables, update the policy version to {VERSION_WITH_VARIABLES}."
        yield Finding("VARIABLE_UNSUPPORTED_IN_VERSION", "error", message, path)
    for name, brace in _OPENED.findall(text):
        if not brace:
            message = "The policy variable is missing a closing curly brace. Add } after the variable text."
            yield Finding("MISSING_BRACE_IN_VARIABLE", "error", message, path)
            continue
        key, comma, default = name.partition(",")
        if not name.strip():
            message = "Empty policy variable. Remove or provide a variable within the ${ } structure."
            yield Finding("EMPTY_VARIABLE", "error", message, path)
        elif comma and not re.fullmatch(r"\s*'.*'\s*", default):
            message = "The policy variable default value must begin and end with a single quote. Add the missing quote."
            yield Finding("MISSING_QUOTE_IN_VARIABLE", "error", message, path)
        elif " " in key and key not in "*?$":
            message = "A space is not allowed within the policy variable text. Remove the space."
            yield Finding("UNSUPPORTED_SPACE_IN_VARIABLE", "error", message, path)
