"""A rule of the user's role has the resource and not the subresource.

What: finds the rules that cover the resource without the subresource that is asked for.
Why it denies: `pods` does not include `pods/exec`; each subresource is granted by itself (R23).
Not a problem when: the user is not meant to reach into the objects.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.rbac.near_misses import RuleMiss
from trustpath.engine.rbac.request import ResourceRequest
from trustpath.paths.kubernetes_request.findings import EVERYTHING_RULE, PARENT_RULE, at_rule
from trustpath.paths.kubernetes_request.walk import Walk


@cause("authorization", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold for the rule that names the resource, or that covers everything with other verbs."""
    request = walk.request
    if not isinstance(request, ResourceRequest) or not request.subresource:
        return
    miss = next((miss for miss in walk.rule_misses if _covers_only_the_resource(miss)), None)
    if miss is None:
        return
    role = miss.grant.role
    label = f"{request.combined} is not among them" if miss.part == "subresource" else f"not {request.verb}"
    yield Diagnosis(
        confidence="certain",
        title=f"{role.kind} `{role.name}` has `{request.resource}` and not {request.verb} on `{request.combined}`",
        explanation=f"A rule for {request.resource} does not cover its subresources. "
        f"The role is granted by {miss.grant.kind} {miss.grant.binding.metadata.name}.",
        evidence=at_rule(walk, miss, label),
        expected=f"{request.verb} on {request.combined}",
        got=miss.value,
        symptom=walk.message,
        help=(
            f'in {role}, add a rule with apiGroups ["{request.group}"], resources [{request.combined}], '
            f"verbs [{request.verb}]",
        ),
        rank=PARENT_RULE if miss.part == "subresource" else EVERYTHING_RULE,
    )


def _covers_only_the_resource(miss: RuleMiss) -> bool:
    return miss.part == "subresource" or (miss.part == "verb" and not miss.named)
