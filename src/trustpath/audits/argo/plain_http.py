"""The server speaks plain HTTP (AW-104)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.exposure import has_proxy
from trustpath.audits.installations import Audit, at_flag, subject_of

SECURE_BY_DEFAULT = (3, 2, 0)
_BEFORE = (3, 0, 0)


@marked("AW-104", "high")
def check(audit: Audit) -> Iterator[Found]:
    """Hold where TLS is off and no proxy beside the server is seen to do it."""
    for _, server in audit.servers:
        flag = server.flag("secure")
        old = server.version is not None and server.version < _BEFORE
        if (flag is None and not old) or server.switch("secure", not old) or has_proxy(server):
            continue
        yield Found(
            subject_of(server),
            server.namespace,
            "the server speaks plain HTTP: tokens and secrets cross the network unencrypted",
            (at_flag(server, "secure", "no TLS"),),
            ("--secure=true (Helm: server.secure), with a certificate of your own",),
            "An Ingress with TLS in front leaves the way from it to the pod in the clear.",
        )
