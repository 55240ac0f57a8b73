"""The certificates of the host that has an issuer's keys: what IAM looks at for a provider's thumbprint (O5)."""

import http.client
import select
import socket
import ssl
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from trustpath.facts.live.aws_api import CallError
from trustpath.facts.live.deadline import Deadline, ExpiredError
from trustpath.model.iam import Certificate, IssuerCertificates

if TYPE_CHECKING:
    from OpenSSL.crypto import X509

SECONDS = 10.0
"""For each of the connections."""
_LONGEST = 64 * 1024
_UNKNOWN_AUTHORITY = frozenset({2, 18, 19, 20, 21})
"""OpenSSL's X509_V_ERR codes for a chain that leads to nobody known: no issuer, self-signed, first not verified."""


class _Configuration(Struct):
    jwks_uri: str


def read(issuer: str, deadline: Deadline) -> bytes:
    """Return the certificates as JSON (``IssuerCertificates``). Raises CallError where the host does not give them.

    Nothing is sent but the request for the issuer's public configuration.
    """
    try:
        host, port = _keys_host(issuer, deadline)
        public, problem = _verified(host, port, deadline)
        chain = _chain(host, port, deadline)
    except ExpiredError:
        raise CallError("failed", f"no answer within {deadline.seconds:g} s") from None
    except (OSError, ValueError) as error:
        raise CallError("failed", f"the certificates of {issuer} cannot be read: {_reason(error)}") from None
    return msgspec.json.encode(IssuerCertificates(issuer, host, public, chain, problem))


def _reason(error: Exception) -> str:
    return " ".join(str(getattr(error, "strerror", None) or error).split())[:200]


def _keys_host(issuer: str, deadline: Deadline) -> tuple[str, int]:
    """Return the host in the issuer's ``jwks_uri``: its certificate is the one that counts (O5)."""
    host, port = _address(issuer)
    # Whether the certificate is good is what is asked here.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = http.client.HTTPSConnection(host, port, timeout=min(SECONDS, deadline.check()), context=context)
    try:
        connection.request("GET", f"{urlsplit(issuer).path.rstrip('/')}/.well-known/openid-configuration")
        body = connection.getresponse().read(_LONGEST)
        return _address(msgspec.json.decode(body, type=_Configuration).jwks_uri)
    except (http.client.HTTPException, msgspec.DecodeError):
        return host, port  # the keys are nearly always beside it
    finally:
        connection.close()


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError(f"{url} is no https address")
    return parts.hostname, parts.port or 443


def _verified(host: str, port: int, deadline: Deadline) -> tuple[bool | None, str]:
    """Return whether the host's certificate leads to an authority that everybody knows, None for an invalid one, and
    what is wrong with it."""
    import certifi

    # Not the machine's own store: it may hold authorities of a company, which IAM does not know.
    context = ssl.create_default_context(cafile=certifi.where())
    seconds = min(SECONDS, deadline.check())
    try:
        with (
            socket.create_connection((host, port), timeout=seconds) as connection,
            context.wrap_socket(connection, server_hostname=host),
        ):
            return True, ""
    except ssl.SSLCertVerificationError as error:
        return False if error.verify_code in _UNKNOWN_AUTHORITY else None, str(error.verify_message)


def _chain(host: str, port: int, deadline: Deadline) -> tuple[Certificate, ...]:
    from OpenSSL import SSL

    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    seconds = min(SECONDS, deadline.check())
    end = time.monotonic() + seconds
    with socket.create_connection((host, port), timeout=seconds) as plain:
        connection = SSL.Connection(context, plain)
        connection.set_tlsext_host_name(host.encode("idna"))
        connection.set_connect_state()
        while True:
            try:
                connection.do_handshake()
                break
            except SSL.WantReadError:
                if not select.select([plain], [], [], max(end - time.monotonic(), 0))[0]:
                    raise TimeoutError("no answer in time") from None
            except SSL.Error as error:
                raise ValueError(f"no TLS connection: {error}") from None
        return tuple(_certificate(item) for item in connection.get_peer_cert_chain() or ())


def _certificate(item: "X509") -> Certificate:
    found = item.to_cryptography()
    return Certificate(
        item.digest("sha1").decode().replace(":", "").lower(),
        found.subject.rfc4514_string(),
        found.not_valid_before_utc.isoformat(),
        found.not_valid_after_utc.isoformat(),
    )
