"""Controller, server and workflows share an AWS role (AW-408)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, shown
from trustpath.engine.webhook import ROLE_ANNOTATION
from trustpath.paths.links import Finding


@marked("AW-408", "medium", "ServiceAccount")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for accounts of different use with the same role in their annotation."""
    roles: dict[str, list[tuple[tuple[str, str], str, Finding]]] = {}
    for account, whose in audit.used_accounts.items():
        located = audit.facts.known("ServiceAccount", *account)
        arn = located.value.metadata.annotation(ROLE_ANNOTATION) if located else ""
        if located is not None and arn:
            place = Finding(located.source.at("metadata", "annotations", ROLE_ANNOTATION), arn, f"for {whose}")
            roles.setdefault(arn, []).append((account, whose, place))
    for arn, users in roles.items():
        uses = list(dict.fromkeys(whose for _, whose, _ in users))
        if len(uses) > 1:
            yield Found(
                shown(users[0][0]),
                users[0][0][0],
                f"{' and '.join(uses)} share the AWS role {arn.rpartition('/')[2]}",
                tuple(place for _, _, place in users[:3]),
                ("a role for each, with what each needs of the bucket",),
            )
