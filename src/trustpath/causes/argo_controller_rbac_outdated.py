"""The role of Argo's controller lacks a rule that its version needs.

What: looks whether Argo's controller asks for something that a controller of its version does.
Why it denies: an upgrade brings new requests; the roles are other objects, which stay as they were (3.1, AW-207).
Not a problem when: the feature that needs it is not used.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.argo.rights import MEMOIZATION, controller_rights
from trustpath.engine.rbac.request import ResourceRequest
from trustpath.paths.kubernetes_request.argo import components_of, is_spelled_or_nearly
from trustpath.paths.kubernetes_request.findings import RULE, at_role_reference, rule_for
from trustpath.paths.kubernetes_request.walk import Walk
from trustpath.paths.links import Finding


@cause("authorization", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold for a request of the controller's own, by an account that is bound here to a role without a rule for it."""
    request = walk.request
    if walk.denied is None or not isinstance(request, ResourceRequest) or is_spelled_or_nearly(walk):
        return
    part = next((part for part in components_of(walk) if part.kind == "controller"), None)
    if part is None:
        return
    rights = (*controller_rights(part.version), MEMOIZATION)
    right = next((item for item in rights if item.covers(request)), None)
    granted = [grant for grant in walk.own_grants if grant.namespace in ("", request.namespace)]
    if right is None or not granted:
        return
    version = f" {'.'.join(map(str, part.version))}" if part.version else ""
    yield Diagnosis(
        confidence="certain",
        title=f"the role of Argo's controller lacks {request.verb} on `{request.combined}`",
        explanation=f"Controller{version} needs it for {right.why}. "
        f"It holds {', '.join(dict.fromkeys(str(grant.role) for grant in granted))}.",
        evidence=(
            *at_role_reference(walk, granted[0], f"has no rule for {request.verb} on {request.combined}"),
            Finding(part.place.at("image"), part.image, "the controller"),
        ),
        expected=f"a rule {rule_for(walk)}",
        got="none",
        symptom=walk.message,
        help=(
            f"apply the roles that belong to this version of Argo{version}: its manifests, or a chart of that version",
            *_switch(right.resource, request.verb),
            f"or add the rule {rule_for(walk)} to {granted[0].role}",
        ),
        rank=RULE - 1,
    )


def _switch(resource: str, verb: str) -> tuple[str, ...]:
    """Return the setting of the Helm chart that adds a rule (3.3)."""
    if resource == "configmaps" and verb in MEMOIZATION.verbs:
        return ("with the Helm chart: controller.rbac.writeConfigMaps=true",)
    return ()
