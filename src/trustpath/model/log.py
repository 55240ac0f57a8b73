"""Lines of logs that say something about a denial."""

from msgspec import Struct


class LogLine(Struct, frozen=True):
    """One line, with tokens and keys blacked out. ``number`` counts from 1.

    ``subject`` is the part of the file's name that tells whose log it is: logs do not say so themselves.
    """

    number: int
    text: str
    subject: str


FAILED_CALL = "failed calling webhook"
"""What the API server logs where an admission webhook gave no answer (W14)."""
