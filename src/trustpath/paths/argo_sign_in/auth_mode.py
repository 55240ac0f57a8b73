"""The first link: the server's mode is SSO, and its settings say how (A1 to A4, S1)."""

from shlex import quote

from trustpath.model.answers import Located
from trustpath.model.fact import Absent
from trustpath.model.trace import Need
from trustpath.paths.argo_sign_in.walk import Walk
from trustpath.paths.links import Finding, LinkResult, broken, need, ok, unknown


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    installation = walk.installation
    server = installation.server
    assert server is not None  # noqa: S101  # an installation without one is not asked about
    written = installation.auth_modes or ()
    evidence = tuple(Finding(flag.source, flag.value, "the mode") for flag in written) or (
        Finding(server.place.at("image"), server.image, "no --auth-mode is given"),
    )
    modes = ", ".join(sorted(installation.modes))
    if "sso" not in installation.modes:
        if walk.installation.modes_unknown:
            return unknown(
                "a variable from elsewhere may set the server's mode",
                Need(
                    "the variables of the server's container that come from elsewhere", "kubectl get configmap -o yaml"
                ),
            )
        return broken(f"the server's mode is {modes}", *evidence, expected="sso", got=modes)
    if not isinstance(installation.config, Located | Absent):
        return unknown("the server's settings were not read", need(installation.config))
    settings = installation.settings
    if settings is None:
        return unknown(
            "the server's settings were not read",
            Need(
                "the ConfigMap workflow-controller-configmap",
                f"kubectl get configmaps -n {quote(installation.namespace)} -o yaml > configmaps.yaml",
            ),
        )
    if "sso" in settings.unreadable:
        return unknown(
            "the settings of SSO have another form than Argo gives them",
            Need("the key `sso` of the ConfigMap, mended: what it says is not known"),
            evidence=evidence,
        )
    if settings.sso is None:
        return broken(
            "the mode is sso, and the ConfigMap has no key `sso`: the server does not start",
            *evidence,
            expected="settings of SSO",
            got="none",
        )
    return ok(f"the server's mode is {modes}", *evidence)
