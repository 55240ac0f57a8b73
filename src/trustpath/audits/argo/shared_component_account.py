"""Server and controller run as the same account (AW-403)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_component, subject_of


@marked("AW-403", "high")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for two components with one account."""
    for item in audit.installations:
        server, controller = item.server, item.controller
        if server is None or controller is None or server.account != controller.account:
            continue
        yield Found(
            subject_of(server),
            server.namespace,
            f"server and controller both run as `{server.account}`",
            (at_component(server, f"runs as {server.account}"), at_component(controller, "and so does the controller")),
            ("an account for each (Helm: server.serviceAccount, controller.serviceAccount)",),
            "Who takes over the server may make pods.",
        )
