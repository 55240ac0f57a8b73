"""The version is not one of those that get fixes (AW-803)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_component, subject_of
from trustpath.engine.argo.advisories import KNOWN_UNTIL, SUPPORTED


@marked("AW-803", "medium")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for what is older than the two newest minor versions."""
    for item in audit.installations:
        for part in item.components:
            version = part.version
            if version is not None and version[:2] < min(SUPPORTED):
                newest = " and ".join(f"{major}.{minor}" for major, minor in SUPPORTED)
                yield Found(
                    subject_of(part),
                    part.namespace,
                    f"the {part.kind} {'.'.join(map(str, version))} is older than the versions that get fixes",
                    (at_component(part, f"{newest} do, as of {KNOWN_UNTIL}"),),
                    (f"upgrade to {newest.rpartition(' ')[2]} or later",),
                )
