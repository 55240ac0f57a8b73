"""Pages of any origin may call the server from a browser (AW-106)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_flag, subject_of


@marked("AW-106", "medium")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for the origin `*`."""
    for _, server in audit.servers:
        flag = server.flag("access-control-allow-origin")
        if flag is not None and flag.value.strip() == "*":
            yield Found(
                subject_of(server),
                server.namespace,
                "pages of any origin may call the server",
                (at_flag(server, "access-control-allow-origin", "every origin"),),
                ("--access-control-allow-origin=https://the.one.page",),
            )
