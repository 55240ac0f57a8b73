"""The controller may list secrets, or get every one of the cluster (AW-206)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, subject_of


@marked("AW-206", "high", "ClusterRoleBinding", "ClusterRole", "RoleBinding", "Role")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for list and watch anywhere, and for get without names in the whole cluster."""
    for _, controller in audit.controllers:
        for held in audit.held((controller.namespace, controller.account)):
            verbs = [verb for verb in ("list", "watch") if held.allows(verb, "", "secrets")]
            if held.everywhere and not held.rule.resource_names and held.allows("get", "", "secrets"):
                verbs.insert(0, "get")
            if verbs:
                where = "of the cluster" if held.everywhere else f"of namespace {held.grant.namespace}"
                yield Found(
                    subject_of(controller),
                    controller.namespace,
                    f"the controller may {', '.join(verbs)} secrets {where}",
                    (audit.at_rule(held, "secrets"),),
                    ("name those that it needs (Helm: controller.rbac.accessAllSecrets: false, secretWhitelist)",),
                    "list and watch give the contents of all of them.",
                )
                break
