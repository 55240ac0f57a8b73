"""Logs are text, which is hard to search (AW-702)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_flag, subject_of


@marked("AW-702", "low")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for server and controller."""
    for item in audit.installations:
        for part in item.components:
            flag = part.flag("log-format")
            if part.kind != "ui" and (flag is None or flag.value != "json"):
                yield Found(
                    subject_of(part),
                    part.namespace,
                    f"the {part.kind} logs text",
                    (at_flag(part, "log-format", "not json"),),
                    ("--log-format=json",),
                )
