"""The exposed server shows a certificate that it signed itself (AW-114)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.exposure import exposure_of
from trustpath.audits.installations import Audit, at_component, subject_of

OWN_CERTIFICATE = (3, 5, 0)


@marked("AW-114", "low", "Service", "Ingress")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for a server with TLS and no certificate of its own that is reached from outside."""
    for _, server in audit.servers:
        if not server.switch("secure", True) or server.flag("tls-certificate-secret-name") is not None:
            continue
        exposed = exposure_of(audit, server)
        if exposed and (server.version or OWN_CERTIFICATE) >= OWN_CERTIFICATE:
            yield Found(
                subject_of(server),
                server.namespace,
                "the server is reached from outside, and its certificate is one that it signed itself",
                (at_component(server, "no --tls-certificate-secret-name"), *exposed),
                ("--tls-certificate-secret-name=SECRET, with a certificate that clients trust",),
            )
