"""The server takes very many requests from one address (AW-108)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_component, at_flag, subject_of

MANY = 10_000
LIMITED = (3, 4, 0)


@marked("AW-108", "low")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for a limit ten times the default, and for versions without one."""
    for _, server in audit.servers:
        flag = server.flag("api-rate-limit")
        if flag is not None and flag.value.isdigit() and int(flag.value) >= MANY:
            yield Found(
                subject_of(server),
                server.namespace,
                f"the server takes {flag.value} requests a second from one address",
                (at_flag(server, "api-rate-limit", "the default is 1000"),),
                ("leave --api-rate-limit at 1000",),
            )
        elif server.version is not None and server.version < LIMITED:
            yield Found(
                subject_of(server),
                server.namespace,
                "the server has no limit for requests",
                (at_component(server, "limits came with 3.4"),),
                ("upgrade, or limit requests in front of it",),
            )
