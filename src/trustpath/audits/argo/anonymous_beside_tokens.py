"""Mode server is on beside another one, so that who brings no token is let in (A4, AW-103)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, subject_of
from trustpath.paths.links import Finding


@marked("AW-103", "critical", by_mode=True)
def check(audit: Audit) -> Iterator[Found]:
    """Hold for server with client or sso, also as hybrid."""
    for item, server in audit.servers:
        if "server" not in item.modes or len(item.modes) < 2:
            continue
        others = " and ".join(sorted(item.modes - {"server"}))
        yield Found(
            subject_of(server),
            server.namespace,
            f"mode `server` is on beside {others}: who sends no token acts as the server",
            tuple(
                Finding(flag.source, flag.value, "lets everybody in")
                for flag in item.auth_modes or ()
                if flag.value in ("server", "hybrid")
            ),
            (f"take --auth-mode=server away, and keep {others}",),
            "Whatever fits no other mode, no header included, is served with the server's rights.",
        )
