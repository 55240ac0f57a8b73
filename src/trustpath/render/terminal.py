"""What the terminal can show: colour, width, characters; and text that cannot harm it."""

import os
import re
import shutil
from collections.abc import Mapping
from typing import Literal, TextIO

from msgspec import Struct

ColorChoice = Literal["auto", "always", "never"]
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")
_ASCII = str.maketrans({"→": "->", "…": "...", "–": "-", "—": "-", "’": "'", "✓": "ok"})
_STYLES = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "bold": "1", "dim": "2"}


class Terminal(Struct, frozen=True):
    """How to draw: with colour or not, how wide, with characters beyond ASCII or not.

    ``fixed_width`` is true for a real terminal, where a longer word has to be broken; in a file or a pipe
    ARNs stay whole.
    """

    color: bool
    width: int
    unicode: bool
    fixed_width: bool = False

    @classmethod
    def of(cls, stream: TextIO, choice: ColorChoice, environment: Mapping[str, str] = os.environ) -> "Terminal":
        """Return what a stream can show.

        ``NO_COLOR`` (not empty) and ``TERM=dumb`` turn colour off, ``FORCE_COLOR`` and ``CLICOLOR_FORCE`` on.
        """
        is_terminal = stream.isatty()
        width = shutil.get_terminal_size((100, 24)).columns if is_terminal else 100
        encoding = (stream.encoding or "ascii").lower().replace("-", "")
        return cls(
            _wants_color(is_terminal, choice, environment), max(width, 40), encoding.startswith("utf"), is_terminal
        )

    def style(self, text: str, *names: str) -> str:
        """Return the text in the given styles, plain without colour."""
        if not self.color or not names:
            return text
        return f"\x1b[{';'.join(_STYLES[name] for name in names)}m{text}\x1b[0m"

    def text(self, text: str) -> str:
        """Return text from a file or a name, harmless and in characters that the stream has."""
        shown = _CONTROL.sub(lambda match: ascii(match[0])[1:-1], text)
        if self.unicode:
            return shown
        return shown.translate(_ASCII).encode("ascii", "backslashreplace").decode()


def _wants_color(is_terminal: bool, choice: ColorChoice, environment: Mapping[str, str]) -> bool:
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR", "0") != "0" or environment.get("CLICOLOR_FORCE", "0") != "0":
        return True
    return is_terminal and environment.get("TERM") != "dumb"
