"""Texts as Go's ``%q`` writes them: Kubernetes and the authenticator quote names in this way."""

import re

_ESCAPES = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}


def quote(text: str) -> str:
    """Return the text in double quotes, with what is not printable escaped."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    # Python and Go agree on what is printable; of the spaces only the plain one is.
    if character.isprintable():
        return character
    if character in _ESCAPES:
        return _ESCAPES[character]
    code = ord(character)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_ESCAPE = re.compile(r"\\(?:([abfnrtv\\'\"])|x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")
_UNESCAPED = {escape[1]: character for character, escape in _ESCAPES.items()} | {"\\": "\\", '"': '"', "'": "'"}


def unquote(text: str) -> str:
    """Return what Go quoted, given without the quotes around it; what is no escape stays as it is."""
    return _ESCAPE.sub(_meant, text) if "\\" in text else text


def _meant(match: re.Match[str]) -> str:
    if match[1]:
        return _UNESCAPED[match[1]]
    code = int(match[2] or match[3] or match[4], 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else match[0]
