"""The role of the controller lacks what its version needs (AW-207)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Open, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_component, subject_of, words
from trustpath.engine.argo.rights import Right, needed_by_controller


@marked(
    "AW-207",
    "medium",
    "ClusterRoleBinding",
    "ClusterRole",
    "RoleBinding",
    "Role",
    breaks=True,
    cause="argo-controller-rbac-outdated",
)
def check(audit: Audit) -> Iterator[Result]:
    """Hold for a controller that lacks a right without which it does not work, in the namespaces that it watches."""
    for item, controller in audit.controllers:
        account = (controller.namespace, controller.account)
        rights = needed_by_controller(controller.version)
        missing = audit.missing(account, rights, item.watched)
        if missing is None:
            yield Open(f"not all bindings and roles of {controller.account} were read")
        elif missing:
            grants = list(audit.grants(account))[:1]
            version = ".".join(map(str, controller.version)) if controller.version else "of this version"
            yield Found(
                subject_of(controller),
                controller.namespace,
                f"the controller {version} lacks {', '.join(_short(item) for item in missing)}",
                (
                    *(audit.at_binding(grant, "the role that it holds") for grant in grants),
                    at_component(controller, "the controller"),
                ),
                tuple(f"add {words(item)}, for {item.why}" for item in missing),
                "It asks in all namespaces." if not item.watched else "",
            )


def _short(right: Right) -> str:
    return f"{', '.join(right.verbs)} on {right.resource}"
