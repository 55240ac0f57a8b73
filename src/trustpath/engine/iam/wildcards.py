"""IAM's two wildcards: ``*`` for any run of characters, ``?`` for one (iam-evaluation 2).

A pattern is compiled once and then matched in time that grows with text times pattern at worst, whatever
the pattern: no backtracking. A question mark counts UTF-16 units, so one emoji needs two (recorded).
"""

from collections.abc import Iterable
from typing import Literal

Part = str | Literal[1, 2]
ANY_RUN: Literal[1] = 1
ANY_ONE: Literal[2] = 2


class Pattern:
    """A text in which some places stand for other characters. Equal parts make equal patterns.

    ``parts`` are runs of plain characters and the two wildcard marks, so that an escaped star (``${*}``)
    stays a character of the text.
    """

    __slots__ = ("_masks", "_runs", "_stars", "anything", "literal", "parts")

    def __init__(self, parts: Iterable[Part]) -> None:
        """Take the parts in order; neighbouring texts and neighbouring stars are joined."""
        self.parts: tuple[Part, ...] = _joined(parts)
        self.literal: str | None = None
        self.anything = self.parts == (ANY_RUN,)
        self._runs: tuple[str, ...] = ()
        self._masks: dict[str, int] | None = None
        self._stars = 0
        if not self.parts:
            self.literal = ""
        elif len(self.parts) == 1 and isinstance(self.parts[0], str):
            self.literal = self.parts[0]
        elif ANY_ONE not in self.parts:
            self._runs = _texts_between_stars(self.parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and self.parts == other.parts

    def __hash__(self) -> int:
        return hash(self.parts)

    def __repr__(self) -> str:
        return f"Pattern({self.parts!r})"

    def matches(self, text: str) -> bool:
        """Return whether the whole text fits. A star runs over every character, also ``/`` and ``:``."""
        if self.literal is not None:
            return text == self.literal
        if self.anything:
            return True
        if self._runs:
            return _matches_runs(self._runs, text)
        return self._matches_units(text)

    def _matches_units(self, text: str) -> bool:
        """Run all ways to match at once: one bit per place of the pattern, one step per unit of the text."""
        if self._masks is None:
            self._prepare()
        masks, stars = self._masks or {}, self._stars
        any_one = masks[""]
        # Bit i is set while the first i places of the pattern fit what has been read.
        state = _skip_stars(1, stars)
        for unit in text if text.isascii() else _units(text):
            state = _skip_stars(((state & masks.get(unit, any_one)) << 1) | (state & stars), stars)
            if not state:
                return False
        return bool(state >> masks["end"] & 1)

    def _prepare(self) -> None:
        """Give every unit the set of places where it fits; ``""`` stands for all other units."""
        places: list[Part] = []
        for part in self.parts:
            places.extend(_units(part) if isinstance(part, str) else (part,))
        masks: dict[str, int] = {"": 0}
        for index, place in enumerate(places):
            if place == ANY_ONE:
                masks[""] |= 1 << index
            elif place == ANY_RUN:
                self._stars |= 1 << index
        for index, place in enumerate(places):
            if isinstance(place, str):
                masks[place] = masks.get(place, masks[""]) | 1 << index
        masks["end"] = len(places)
        self._masks = masks


def compile_pattern(text: str) -> Pattern:
    """Return the pattern of a text in which every star and question mark is a wildcard."""
    return Pattern(wildcard_parts(text))


def wildcard_parts(text: str) -> list[Part]:
    """Return the parts of a text in which every star and question mark is a wildcard."""
    parts: list[Part] = []
    start = 0
    for index, char in enumerate(text):
        if char in "*?":
            parts.append(text[start:index])
            parts.append(ANY_RUN if char == "*" else ANY_ONE)
            start = index + 1
    parts.append(text[start:])
    return parts


def has_wildcard(text: str) -> bool:
    """Return whether a text holds a character that only Like operators treat as a wildcard."""
    return "*" in text or "?" in text


def _joined(parts: Iterable[Part]) -> tuple[Part, ...]:
    result: list[Part] = []
    for part in parts:
        if part == "":
            continue
        last = result[-1] if result else None
        if isinstance(part, str) and isinstance(last, str):
            result[-1] = last + part
        elif part != ANY_RUN or last != ANY_RUN:
            result.append(part)
    return tuple(result)


def _texts_between_stars(parts: tuple[Part, ...]) -> tuple[str, ...]:
    """Return the text before the first star, those between stars, and the one after the last."""
    runs = [""]
    for part in parts:
        if isinstance(part, str):
            runs[-1] = part
        else:
            runs.append("")
    return tuple(runs)


def _matches_runs(runs: tuple[str, ...], text: str) -> bool:
    first, last = runs[0], runs[-1]
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    place, end = len(first), len(text) - len(last)
    for run in runs[1:-1]:
        found = text.find(run, place, end)
        if found < 0:
            return False
        place = found + len(run)
    return True


def _skip_stars(state: int, stars: int) -> int:
    # A star may stand for nothing: whoever is before it is also behind it. Stars are never neighbours.
    return state | (state & stars) << 1


def _units(text: str) -> str:
    """Return the text as UTF-16 units: a character beyond the first 65,536 becomes two."""
    if text.isascii() or max(text) <= "\uffff":
        return text
    return "".join(char if char <= "\uffff" else _surrogates(char) for char in text)


def _surrogates(char: str) -> str:
    point = ord(char) - 0x10000
    return chr(0xD800 | point >> 10) + chr(0xDC00 | point & 0x3FF)
