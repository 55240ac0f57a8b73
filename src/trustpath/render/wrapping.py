"""Sentences in lines that fit the terminal."""

import textwrap

from trustpath.render.terminal import Terminal


def wrap(text: str, terminal: Terminal, indent: str) -> list[str]:
    """Return the lines of a text, each indented. Words longer than a line stay whole, except on a terminal."""
    width = max(terminal.width, len(indent) + 24)
    return textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=terminal.fixed_width,
        break_on_hyphens=False,
    ) or [indent]
