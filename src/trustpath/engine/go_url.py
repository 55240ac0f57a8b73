"""URLs as Go's ``net/url`` takes them apart, as far as a pre-signed request needs it.

Texts are bytes read as Latin-1, so that an escape stands for one character.
"""

import re

from msgspec import Struct

from trustpath.engine.go_strings import quote

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_PORT = re.compile(r"(?::[0-9]*)?")
# What may stand in a host as it is; everything else above ASCII may too.
_HOST = re.compile(r"[A-Za-z0-9\-_.~!$&'()*+,;=:\[\]<>\"\x80-\xff]*")
_USER = re.compile(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*")


class Url(Struct, frozen=True):
    """The parts of a URL; ``path`` is unescaped, ``query`` is not."""

    scheme: str
    host: str
    path: str
    query: str


class UrlError(ValueError):
    """Go refuses the text. The message is Go's but for the URL: that one may hold a signature."""


def parse(text: str) -> Url:
    """Return the parts. Raises UrlError."""
    rest, _, fragment = text.partition("#")
    if any(character < " " or character == "\x7f" for character in rest):
        raise _refused("net/url: invalid control character in URL")
    match = _SCHEME.match(rest)
    if match is None and rest.startswith(":"):
        raise _refused("missing protocol scheme")
    scheme = match[1].lower() if match else ""
    rest = rest[match.end() :] if match else rest
    rest, _, query = rest.partition("?")
    if not rest.startswith("/"):
        if not scheme and ":" in rest.partition("/")[0]:
            raise _refused("first path segment in URL cannot contain colon")
        # An opaque text has neither host nor path.
        return Url(scheme, "", "" if scheme else rest, query)
    host = ""
    if rest.startswith("//"):
        authority, slash, rest = rest[2:].partition("/")
        rest = slash + rest
        host = _host(authority)
    path = unescape(rest)
    unescape(fragment)
    return Url(scheme, host, path, query)


def _host(authority: str) -> str:
    user, at, host = authority.rpartition("@")
    if at and not _USER.fullmatch(user):
        raise _refused("net/url: invalid userinfo")
    if at:
        unescape(user)
    if host.startswith("[") and "]" not in host:
        raise _refused("missing ']' in host")
    port = host[host.rfind("]") + 1 :] if host.startswith("[") else host[host.rfind(":") :] if ":" in host else ""
    if not _PORT.fullmatch(port):
        raise _refused(f"invalid port {quote(port)} after host")
    wrong = _HOST.match(host)
    if wrong and wrong.end() < len(host):
        character = host[wrong.end()]
        if character == "%":
            raise _refused(f"invalid URL escape {quote(host[wrong.end() : wrong.end() + 3])}")
        raise _refused(f"invalid character {quote(character)} in host name")
    return host


def unescape(text: str) -> str:
    """Return the text with its escapes replaced. Raises UrlError."""
    for match in _ESCAPE.finditer(text):
        if match[1] is None:
            raise _refused(f"invalid URL escape {quote(text[match.start() : match.start() + 3])}")
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


def parse_query(query: str) -> dict[str, list[str]]:
    """Return the values of each key, in order. Raises UrlError: a semicolon does not separate."""
    values: dict[str, list[str]] = {}
    for pair in query.split("&"):
        if ";" in pair:
            raise UrlError("invalid semicolon separator in query")
        if pair:
            key, _, value = (unescape(part.replace("+", " ")) for part in pair.partition("="))
            values.setdefault(key, []).append(value)
    return values


def _refused(problem: str) -> UrlError:
    return UrlError(f'parse "…": {problem}')
