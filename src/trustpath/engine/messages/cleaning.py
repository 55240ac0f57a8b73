"""Takes off what terminals, logs and tools wrap around a message (kubernetes-rbac 5.3)."""

import re
from collections.abc import Iterator

MAX_LENGTH = 16_000
"""How many characters of a text are read; a message is a line or two."""

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# Terraform draws a box at the left; quoted mails and Markdown put a mark there.
_MARGIN = re.compile(r"^[ \t]*(?:[│╷╵|>]+[ \t]?)+", re.MULTILINE)
_ESCAPED_BREAK = re.compile(r"\\[rn]")
_BACKSLASHES = re.compile(r"(?<!\\)\\+\"")
_UNICODE = re.compile(r"(?<!\\)\\+u00(3c|3e|26|22|27|3C|3E)")
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "\xa0": " "})


def spellings(text: str) -> Iterator[str]:
    """Yield a text in the forms in which a message may stand in it, the likeliest first.

    Colour is taken off. Line breaks are spaces, or nothing where a terminal broke inside a word. Quotes that
    JSON or a logger escaped are plain ones.
    """
    plain = _CONTROL.sub("", _ANSI.sub("", text[:MAX_LENGTH])).translate(_QUOTES)
    plain = _MARGIN.sub("", plain).replace("&#34;", '"').replace("&quot;", '"').strip()
    seen: set[str] = set()
    # Not by one pattern: a run of blanks without a line break behind it would take time squared.
    parts = [part.rstrip("\r").strip(" \t") for part in plain.split("\n")]
    for joined in (" ".join(parts), "".join(parts)):
        bare = _unescape(joined)
        for form in (joined, bare):
            if form not in seen:
                seen.add(form)
                yield form


def _unescape(text: str) -> str:
    text = _UNICODE.sub(lambda match: chr(int(match[1], 16)), text)
    return _BACKSLASHES.sub('"', _ESCAPED_BREAK.sub(" ", text))
