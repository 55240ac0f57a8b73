"""A server before 3.1 without a mode answers everybody (A2, AW-102)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_component, subject_of

CLIENT_BY_DEFAULT = (3, 1, 0)


@marked("AW-102", "critical", by_mode=True)
def check(audit: Audit) -> Iterator[Found]:
    """Hold for a server without a mode of a version whose default is server."""
    for item, server in audit.servers:
        if item.auth_modes or item.modes_unknown or server.version is None or server.version >= CLIENT_BY_DEFAULT:
            continue
        yield Found(
            subject_of(server),
            server.namespace,
            "no --auth-mode is given, and a server before 3.1 then answers everybody",
            (at_component(server, "its default is server"),),
            ("--auth-mode=client, and an upgrade",),
        )
