"""Namespaces decide themselves as whom people act there (AW-225)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, subject_of
from trustpath.paths.links import Finding

VARIABLE = "SSO_DELEGATE_RBAC_TO_NAMESPACE"


@marked("AW-225", "medium", by_mode=True)
def check(audit: Audit) -> Iterator[Found]:
    """Hold for delegation in an installation for the whole cluster."""
    for item, server in audit.servers:
        flag = server.variables.get(VARIABLE)
        if flag is None or flag.value != "true" or server.namespaced or "sso" not in item.modes:
            continue
        yield Found(
            subject_of(server),
            server.namespace,
            "whoever may write service accounts in a namespace decides as whom people act there",
            (Finding(flag.source, flag.value, "delegates to namespaces"),),
            ("accept it on purpose, with an admission rule on the annotation, or turn it off",),
            "An account of the namespace wins where its precedence is higher than the login account's.",
        )
