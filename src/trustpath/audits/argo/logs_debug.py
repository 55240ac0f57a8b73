"""Logs are at debug level (AW-703)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_flag, subject_of


@marked("AW-703", "low")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for server and controller."""
    for item in audit.installations:
        for part in item.components:
            flag = part.flag("loglevel")
            if flag is not None and flag.value in ("debug", "trace"):
                yield Found(
                    subject_of(part),
                    part.namespace,
                    f"the {part.kind} logs at level {flag.value}",
                    (at_flag(part, "loglevel", "more than needed"),),
                    ("--loglevel=info",),
                )
