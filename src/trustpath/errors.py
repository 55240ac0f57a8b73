"""The errors that a user can meet.

TrustpathError                 one clear sentence, exit code 2
├── InputError                 a file or standard input that cannot be read as facts
├── LiveError                  a cluster or an account that cannot be asked
└── QuestionError              a question that names something unclear or not there
"""


class TrustpathError(Exception):
    """Base of every error that the command line prints without a traceback.

    ``message`` says what is wrong and where, ``hint`` what to do about it.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InputError(TrustpathError):
    """A file, a directory or standard input does not hold readable facts."""


class LiveError(TrustpathError):
    """No cluster or account is configured, or its configuration cannot be used."""


class QuestionError(TrustpathError):
    """The question names something that is unclear, not supported or not in the facts."""
