"""The user's role is put together from others, and none of them knows the custom resource.

What: looks at aggregated ClusterRoles of the user, such as view, edit and admin, on a request for a custom resource.
Why it denies: an aggregated role has the rules of the ClusterRoles with its label, and nothing else (R31, R32).
Not a problem when: the role is meant for Kubernetes' own resources only.
"""

from collections.abc import Iterator
from shlex import quote

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.rbac.request import ResourceRequest
from trustpath.model.kubernetes import LabelSelector
from trustpath.paths.kubernetes_request.findings import AGGREGATION, at_role_reference, rule_for
from trustpath.paths.kubernetes_request.walk import Walk
from trustpath.paths.links import Finding


@cause("authorization", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold for the first aggregated role that counts here."""
    request = walk.request
    if not walk.aggregated_grants or not walk.is_custom_resource or not isinstance(request, ResourceRequest):
        return
    grant = walk.aggregated_grants[0]
    role = walk.rbac.role(grant.role)
    if role is None or role.value.aggregation_rule is None:
        return
    waiting = walk.rbac.waiting_for(grant.role, request)
    labels = _labels(role.value.aggregation_rule.cluster_role_selectors or [])
    evidence = at_role_reference(walk, grant, f"has no rule for {request.resource}")
    shown = (Finding(role.source.at("aggregationRule"), "aggregationRule", "takes rules by label", key=True),)
    if waiting:
        yield Diagnosis(
            confidence="likely",
            title=f"ClusterRole `{grant.role.name}` does not have the rules of `{waiting}` yet, which has its label",
            explanation="A controller copies the rules; the API server decides by what is stored.",
            evidence=(*evidence, *shown),
            expected=f"the rules of {waiting} in {grant.role.name}",
            got="none with a rule for it",
            symptom=walk.message,
            help=(
                "look again in a minute, and at the kube-controller-manager if it stays so:",
                f"kubectl get clusterrole {quote(grant.role.name)} -o yaml",
            ),
            rank=AGGREGATION,
        )
        return
    yield Diagnosis(
        confidence="certain" if walk.rbac.lists_roles else "likely",
        title=f"no ClusterRole that ClusterRole `{grant.role.name}` collects has a rule for `{request.resource}` "
        f"in API group `{request.group}`",
        explanation=f"{grant.role.name} has the rules of the ClusterRoles with the label {labels}. "
        "An operator that brings the custom resource has to bring such a role as well.",
        evidence=(*evidence, *shown),
        expected=f"a ClusterRole with the label {labels}",
        got="none with a rule for it",
        symptom=walk.message,
        help=(f"create a ClusterRole with the label {labels} and the rule", f"  {rule_for(walk)}"),
        rank=AGGREGATION,
    )


def _labels(selectors: list[LabelSelector]) -> str:
    labels = (selectors[0].match_labels or {}) if selectors else {}
    return ", ".join(f'{key}: "{value}"' for key, value in sorted(labels.items())) or "that it selects"
