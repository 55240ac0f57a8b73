"""Which service accounts a role's trust policy names letter by letter (S6, S7)."""

from collections.abc import Iterator

from trustpath.model.iam import Document
from trustpath.model.policy import PolicyDocument

_EQUAL = frozenset({"stringequals", "stringequalsignorecase", "stringlike"})
Subject = tuple[str, ...]
"""The four parts of ``system:serviceaccount:<namespace>:<name>``."""


def named_subjects(document: Document, issuer: str) -> Iterator[tuple[Subject, tuple[str | int, ...]]]:
    """Yield each service account that an Allow statement for an issuer names, and where in the policy it does.

    ``issuer`` has no scheme. Patterns name nobody in particular and are passed over.
    """
    if not isinstance(document, PolicyDocument):
        return
    key = f"{issuer}:sub".lower()
    for statement in document.statements:
        if statement.effect != "Allow":
            continue
        for condition in statement.conditions:
            if condition.key.lower() != key or condition.operator.rpartition(":")[2].lower() not in _EQUAL:
                continue
            for value in condition.values:
                parts = tuple(value.value.split(":"))
                if len(parts) == 4 and parts[:2] == ("system", "serviceaccount") and not {"*", "?"} & set(value.value):
                    yield parts, value.path
