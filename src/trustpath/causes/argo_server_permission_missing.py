"""The role of Argo's server lacks a rule for something that the server does as itself.

What: looks whether Argo's server asks, for its users or for a feature that is on.
Why it denies: in server mode, and in SSO mode without rules, the server asks as itself (S2, S8).
Not a problem when: users bring tokens of their own and the request was one of theirs.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.argo.rights import server_rights
from trustpath.engine.rbac.request import ResourceRequest
from trustpath.paths.kubernetes_request.argo import components_of, installation_of, is_spelled_or_nearly
from trustpath.paths.kubernetes_request.findings import RULE, at_role_reference, rule_for
from trustpath.paths.kubernetes_request.walk import Walk
from trustpath.paths.links import Finding


@cause("authorization", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold for a request of the server's own, by an account that is bound here to a role without a rule for it."""
    request = walk.request
    if walk.denied is None or not isinstance(request, ResourceRequest) or is_spelled_or_nearly(walk):
        return
    part = next((part for part in components_of(walk) if part.kind in ("server", "ui")), None)
    if part is None:
        return
    installation = installation_of(walk, part)
    right = next(
        (item for item in server_rights(part.version, sso=True, sso_rbac=True) if item.covers(request)),
        None,
    )
    granted = [grant for grant in walk.own_grants if grant.namespace in ("", request.namespace)]
    if right is None or not granted:
        return
    modes = sorted(installation.modes) if installation else []
    shown = f" Its mode is {', '.join(modes)}." if modes else ""
    yield Diagnosis(
        confidence="certain",
        title=f"the role of Argo's server lacks {request.verb} on `{request.combined}`",
        explanation=f"The server needs it for {right.why}.{shown}",
        evidence=(
            *at_role_reference(walk, granted[0], f"has no rule for {request.verb} on {request.combined}"),
            Finding(part.place.at("image"), part.image, "the server"),
        ),
        expected=f"a rule {rule_for(walk)}",
        got="none",
        symptom=walk.message,
        help=(f"add the rule {rule_for(walk)} to {granted[0].role}",),
        rank=RULE - 1,
    )
