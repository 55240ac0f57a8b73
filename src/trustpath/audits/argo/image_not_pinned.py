"""The image has no version (AW-802)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_component, subject_of


@marked("AW-802", "medium")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for `latest`, or no tag, without a digest."""
    for item in audit.installations:
        for part in item.components:
            tag = part.image.rpartition("/")[2].partition(":")[2]
            if "@" not in part.image and tag in ("", "latest"):
                yield Found(
                    subject_of(part),
                    part.namespace,
                    f"the image of the {part.kind} has no version: another one may run after the next start",
                    (at_component(part, "latest"),),
                    ("a tag with a version, or a digest",),
                )
