"""The server answers everybody, with its own rights (A1, A4, AW-101)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.exposure import exposure_of
from trustpath.audits.installations import Audit, subject_of
from trustpath.paths.links import Finding


@marked("AW-101", "high", by_mode=True)
def check(audit: Audit) -> Iterator[Found]:
    """Hold for mode server alone; beside another mode it is AW-103."""
    for item, server in audit.servers:
        written = [flag for flag in item.auth_modes or () if flag.value in ("server", "hybrid")]
        if not written or item.modes != {"server"}:
            continue
        exposed = exposure_of(audit, server)
        yield Found(
            subject_of(server),
            server.namespace,
            "the server's mode is `server`: who reaches it acts as the server's account, without a token",
            (*(Finding(flag.source, flag.value, "nobody is asked who it is") for flag in written), *exposed),
            ("--auth-mode=client or --auth-mode=sso (Helm: server.authModes)",),
            f"Everybody who reaches it has the rights of {server.account}.",
            "critical" if exposed else None,
        )
