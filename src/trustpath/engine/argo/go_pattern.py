"""Go's regular expressions: RE2, which takes a time in proportion to the text, whoever writes the pattern."""


class PatternError(Exception):
    """The pattern is none that Go takes."""


def search(pattern: str, text: str) -> bool:
    """Return whether a pattern is found in a text. Raises PatternError."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options).search(text) is not None
    except (re2.error, UnicodeEncodeError):
        raise PatternError from None
