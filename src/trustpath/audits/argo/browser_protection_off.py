"""The server's protections in the browser are off (AW-107)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_flag, subject_of


@marked("AW-107", "low")
def check(audit: Audit) -> Iterator[Found]:
    """Hold where framing is allowed, or HSTS is off."""
    for _, server in audit.servers:
        frame = server.flag("x-frame-options")
        if frame is not None and not frame.value:
            yield Found(
                subject_of(server),
                server.namespace,
                "other pages may frame the server's",
                (at_flag(server, "x-frame-options", "empty"),),
                ("leave --x-frame-options at DENY",),
            )
        if not server.switch("hsts", True) and server.switch("secure", True):
            yield Found(
                subject_of(server),
                server.namespace,
                "browsers are not told to use HTTPS alone",
                (at_flag(server, "hsts", "off"),),
                ("leave --hsts on",),
            )
