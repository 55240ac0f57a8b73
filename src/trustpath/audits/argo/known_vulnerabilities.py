"""A version with known vulnerabilities runs (AW-801)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Open, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.conditions import holds
from trustpath.audits.installations import Audit, at_component, subject_of
from trustpath.engine.argo.advisories import KNOWN_UNTIL, NEWEST, advisories_of, next_safe
from trustpath.model.audit import SEVERITIES, Severity


@marked("AW-801", "medium")
def check(audit: Audit) -> Iterator[Result]:
    """Hold for advisories of the version that matter here, or may; where one is not known to matter it is medium."""
    for item in audit.installations:
        for part in item.components:
            version = part.version
            if version is None:
                yield Open(f"the version of {subject_of(part)} is not known: its image is {part.image}")
                continue
            shown = ".".join(map(str, version))
            if version > NEWEST:
                yield Open(f"{shown} is newer than what is known, of {KNOWN_UNTIL}")
                continue
            verdicts = [(hole, holds(audit, item, hole.condition)) for hole in advisories_of(version)]
            matter = [(hole, verdict) for hole, verdict in verdicts if verdict is not False]
            if not matter:
                continue
            worst: Severity = min(
                (hole.severity if verdict else _at_most_medium(hole.severity) for hole, verdict in matter),
                key=SEVERITIES.index,
            )
            safe = next_safe(version, tuple(hole for hole, _ in matter))
            certain = [hole.id for hole, verdict in matter if verdict]
            yield Found(
                subject_of(part),
                part.namespace,
                f"the {part.kind} {shown} has {len(matter)} known vulnerabilit{'y' if len(matter) == 1 else 'ies'}: "
                + ", ".join(hole.id for hole, _ in matter[:4])
                + (f" and {len(matter) - 4} more" if len(matter) > 4 else ""),
                (at_component(part, "the version"),),
                (
                    f"upgrade to {'.'.join(map(str, safe))} or later" if safe else "upgrade to a newer version",
                    *(f"{hole.id} ({hole.severity}): {hole.says}" for hole, _ in matter),
                ),
                f"These matter here for sure: {', '.join(certain)}." if certain else "",
                worst,
            )


def _at_most_medium(severity: Severity) -> Severity:
    return severity if SEVERITIES.index(severity) > SEVERITIES.index("medium") else "medium"
