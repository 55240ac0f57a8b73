"""Mode sso and the settings of SSO do not go together (A3, S1, AW-115)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found, Result
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_component, at_setting, subject_of
from trustpath.audits.settings import unread_settings
from trustpath.paths.links import Finding


@marked("AW-115", "medium", breaks=True, cause="argo-auth-mode-mismatch", by_mode=True)
def check(audit: Audit) -> Iterator[Result]:
    """Hold for settings without the mode, and for the mode without settings."""
    for item, server in audit.servers:
        if item.modes_unknown:
            continue
        if item.settings is None:
            yield unread_settings(item)
            continue
        modes = ", ".join(sorted(item.modes))
        if "sso" in item.modes and not item.settings.has("sso"):
            yield Found(
                subject_of(server),
                server.namespace,
                "the mode is sso, and the ConfigMap has no settings of SSO: the server does not start",
                tuple(Finding(flag.source, flag.value, "needs settings") for flag in item.auth_modes or ()),
                ("put the settings under the key `sso` of the controller's ConfigMap (Helm: server.sso)",),
            )
        elif "sso" not in item.modes and item.settings.has("sso"):
            evidence = tuple(Finding(flag.source, flag.value, "the mode") for flag in item.auth_modes or ())
            yield Found(
                subject_of(server),
                server.namespace,
                f"SSO is set up, and the server's mode is {modes}: nobody can sign in",
                (
                    *(evidence or (at_component(server, f"its mode is {modes}"),)),
                    at_setting(item, "sso", "is not used"),
                ),
                ("--auth-mode=sso beside the modes that are to stay (Helm: server.authModes)",),
            )
