"""IAM's two wildcards: ``*`` for any run of characters, ``?`` for one (iam-evaluation 2).

A pattern is a tuple of parts, so that an escaped star (``${*}``) stays a character of the text.
"""

from typing import Literal

Part = str | Literal[1, 2]
ANY_RUN: Literal[1] = 1
ANY_ONE: Literal[2] = 2
Pattern = tuple[Part, ...]


def compile_pattern(text: str) -> Pattern:
    """Return the pattern of a text in which every star and question mark is a wildcard."""
    return tuple(ANY_RUN if char == "*" else ANY_ONE if char == "?" else char for char in text)


def matches(pattern: Pattern, text: str) -> bool:
    """Return whether the whole text fits. A star runs over every character, also ``/`` and ``:``.

    Works in time proportional to pattern times text at worst, whatever the pattern.
    """
    at, place = 0, 0
    star, retry = -1, 0
    while place < len(text):
        if at < len(pattern) and (pattern[at] == ANY_ONE or pattern[at] == text[place]):
            at += 1
            place += 1
        elif at < len(pattern) and pattern[at] == ANY_RUN:
            star, retry = at, place
            at += 1
        elif star >= 0:
            retry += 1
            at, place = star + 1, retry
        else:
            return False
    return all(part == ANY_RUN for part in pattern[at:])


def has_wildcard(text: str) -> bool:
    """Return whether a text holds a character that only Like operators treat as a wildcard."""
    return "*" in text or "?" in text
