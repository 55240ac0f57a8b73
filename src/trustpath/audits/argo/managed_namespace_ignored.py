"""A managed namespace is given, and has no effect (AW-302)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_flag, subject_of


@marked("AW-302", "medium")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for --managed-namespace without --namespaced."""
    for item in audit.installations:
        for part in item.components:
            flag = part.flag("managed-namespace")
            if flag is not None and flag.value and not part.namespaced:
                yield Found(
                    subject_of(part),
                    part.namespace,
                    f"the flag --managed-namespace={flag.value} has no effect without --namespaced",
                    (at_flag(part, "managed-namespace", "is ignored"),),
                    ("add --namespaced",),
                    "It works on all namespaces.",
                )
