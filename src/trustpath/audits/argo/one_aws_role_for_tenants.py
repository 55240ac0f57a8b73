"""Workflows of several namespaces have the same AWS role (AW-413)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit
from trustpath.engine.webhook import ROLE_ANNOTATION
from trustpath.paths.links import Finding


@marked("AW-413", "medium", "ServiceAccount", "Workflow")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for accounts of workflows in several namespaces with one role in their annotation."""
    roles: dict[str, dict[str, Finding]] = {}
    for account in audit.workflow_accounts:
        located = audit.facts.known("ServiceAccount", *account)
        arn = located.value.metadata.annotation(ROLE_ANNOTATION) if located else ""
        if located is not None and arn:
            place = Finding(located.source.at("metadata", "annotations", ROLE_ANNOTATION), arn, f"in {account[0]}")
            roles.setdefault(arn, {})[account[0]] = place
    for arn, places in roles.items():
        if len(places) > 1:
            first = next(iter(places))
            yield Found(
                f"role/{arn.rpartition('/')[2]}",
                first,
                f"workflows of {', '.join(places)} have the same AWS role",
                tuple(places.values())[:3],
                ("a role for each namespace",),
                "What one tenant writes the others read.",
            )
