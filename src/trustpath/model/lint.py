"""What a check of policy documents reports, with its places drawn."""

from typing import Literal

from msgspec import Struct

SCHEMA_VERSION = "trustpath.dev/lint/v1"

Severity = Literal["error", "security-warning", "warning", "suggestion"]
Save = Literal["accepted", "rejected", "unknown"]
FindingSource = Literal["iam", "access-analyzer", "trustpath"]


class LocatedFinding(Struct, frozen=True, rename="camel", omit_defaults=True):
    """One finding in a file. ``line`` and ``column`` count from 1, 0 where the place has none.

    ``source`` tells whose check it is; ``excerpt`` is the line of the file, or a part of it around the place that
    begins at ``excerpt_column``; ``length`` is how many characters of the line are meant.
    """

    code: str
    severity: Severity
    message: str
    source: FindingSource
    file: str
    path: str
    line: int = 0
    column: int = 0
    length: int = 0
    excerpt: str = ""
    excerpt_column: int = 1


class LintedDocument(Struct, frozen=True, rename="camel", omit_defaults=True):
    """One document: would IAM store it, in IAM's own words where they are known, and what was found.

    ``iam_unknown`` says what in it nobody has recorded an answer of IAM for.
    """

    file: str
    path: str
    kind: str
    iam_save: Save
    iam_message: str | None
    findings: tuple[LocatedFinding, ...]
    iam_unknown: str = ""


class LintReport(Struct, frozen=True, rename="camel"):
    """All documents of one run. ``reference_data`` is the day of the list of actions and keys."""

    schema_version: str
    reference_data: str
    documents: tuple[LintedDocument, ...]

    @property
    def findings(self) -> tuple[LocatedFinding, ...]:
        """Return the findings of all documents, in order."""
        return tuple(finding for document in self.documents for finding in document.findings)
