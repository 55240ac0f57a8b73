"""Others than administrators may change the accounts that people act as (AW-223)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit

_VERBS = ("update", "patch")


@marked("AW-223", "high", "RoleBinding", "Role", "ClusterRoleBinding", "ClusterRole", by_mode=True)
def check(audit: Audit) -> Iterator[Found]:
    """Hold for others than administrators and Argo's own parts."""
    for item, server in audit.servers:
        for grant in audit.who_may(
            _VERBS if "sso" in item.modes else (), "", "serviceaccounts", server.watched or item.namespace
        ):
            subject = grant.subject
            yield Found(
                f"{subject.kind.lower()}/{subject.name}",
                item.namespace,
                f"{subject.kind} `{subject.name}` may change the accounts that people sign in as",
                (audit.at_binding(grant, f"granted by {grant.kind} {grant.binding.metadata.name}"),),
                ("take update and patch on serviceaccounts of that namespace away",),
                "Who writes a rule on an account decides who acts as it.",
            )
