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

    __slots__ = ("_automaton", "_runs", "anything", "literal", "parts")

    def __init__(self, parts: Iterable[Part]) -> None:
        """Take the parts in order; neighbouring texts and neighbouring stars are joined."""
        self.parts: tuple[Part, ...] = _joined(parts)
        self.literal: str | None = None
        self.anything = self.parts == (ANY_RUN,)
        self._runs: tuple[str, ...] = ()
        self._automaton: _Automaton | None = None
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
        if self._automaton is None:
            self._automaton = _Automaton((self.parts,))
        return self._automaton.matches(text)


class Patterns:
    """Several patterns, of which one has to fit. Those with question marks run as one."""

    __slots__ = ("_automaton", "_literals", "_runs", "anything")

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        """Sort the patterns by how they are matched."""
        found = set(patterns)
        self.anything = any(pattern.anything for pattern in found)
        self._literals = frozenset(pattern.literal for pattern in found if pattern.literal is not None)
        wild = [pattern.parts for pattern in found if pattern.literal is None and not pattern.anything]
        self._runs = tuple(_texts_between_stars(parts) for parts in wild if ANY_ONE not in parts)
        counting = tuple(parts for parts in wild if ANY_ONE in parts)
        self._automaton = _Automaton(counting) if counting else None

    def match(self, text: str) -> bool:
        """Return whether the whole text fits one of the patterns."""
        if self.anything or text in self._literals:
            return True
        for runs in self._runs:
            if _matches_runs(runs, text):
                return True
        return self._automaton is not None and self._automaton.matches(text)


class _Automaton:
    """All ways to match at once: one bit per place of the patterns, one step per unit of the text."""

    __slots__ = ("_any_one", "_begin", "_end", "_masks", "_stars")

    def __init__(self, patterns: tuple[tuple[Part, ...], ...]) -> None:
        """Give every unit the set of places where it fits."""
        self._begin = self._end = self._stars = self._any_one = 0
        places: list[tuple[int, str]] = []
        bit = 0
        for parts in patterns:
            self._begin |= 1 << bit
            for part in parts:
                if part == ANY_ONE:
                    self._any_one |= 1 << bit
                elif part == ANY_RUN:
                    self._stars |= 1 << bit
                for unit in _units(part) if isinstance(part, str) else ("",):
                    if unit:
                        places.append((bit, unit))
                    bit += 1
            # A pattern's last bit is set once all of it fits, and leads nowhere.
            self._end |= 1 << bit
            bit += 1
        self._masks: dict[str, int] = {}
        for at, unit in places:
            self._masks[unit] = self._masks.get(unit, self._any_one) | 1 << at

    def matches(self, text: str) -> bool:
        """Return whether the whole text fits one of the patterns."""
        masks, stars, any_one = self._masks, self._stars, self._any_one
        # A bit is set while the places before it fit what has been read. A star may stand for nothing:
        # whoever is before it is also behind it. Stars are never neighbours.
        state = self._begin
        state |= (state & stars) << 1
        for unit in text if text.isascii() else _units(text):
            state = ((state & masks.get(unit, any_one)) << 1) | (state & stars)
            state |= (state & stars) << 1
            if not state:
                return False
        return bool(state & self._end)


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


def _units(text: str) -> str:
    """Return the text as UTF-16 units: a character beyond the first 65,536 becomes two."""
    if text.isascii() or max(text) <= "\uffff":
        return text
    return "".join(char if char <= "\uffff" else _surrogates(char) for char in text)


def _surrogates(char: str) -> str:
    point = ord(char) - 0x10000
    return chr(0xD800 | point >> 10) + chr(0xDC00 | point & 0x3FF)
