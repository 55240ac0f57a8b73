"""Users may override fields that give rights (AW-606)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, subject_of
from trustpath.paths.links import Finding

GIVE_RIGHTS = frozenset({"hostNetwork", "podSpecPatch", "securityContext", "serviceAccountName", "volumes"})


@marked("AW-606", "high")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for an allow-list with such a field."""
    for _, controller in audit.controllers:
        flag = controller.variables.get("WORKFLOW_USER_OVERRIDE_ALLOWLIST")
        named = sorted(GIVE_RIGHTS & {word.strip() for word in flag.value.split(",")}) if flag else []
        if flag is not None and named:
            yield Found(
                subject_of(controller),
                controller.namespace,
                f"users may override {', '.join(named)} of templates",
                (Finding(flag.source, flag.value, "gives rights"),),
                (f"take {', '.join(named)} out of the list",),
            )
