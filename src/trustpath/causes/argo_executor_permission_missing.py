"""The account that a workflow's steps run as lacks what Argo's executor does beside each step.

What: looks whether a step's executor, an agent or an artifact collector asks, and no rule of its account is about that.
Why it denies: the executor writes the result of each step with the account of the step's own pod (4.1, 4.2).
Not a problem when: the account has a rule for the resource that lacks a verb, or a binding for another namespace.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.argo.rights import ARTIFACT_GC_RIGHTS, Right, agent_rights, executor_rights
from trustpath.engine.rbac.request import ResourceRequest
from trustpath.model.argo import Version
from trustpath.paths.kubernetes_request.argo import (
    components_of,
    is_spelled_or_nearly,
    is_step,
    steps_of,
    version_for,
)
from trustpath.paths.kubernetes_request.findings import ELSEWHERE, OTHER_NAME, RULE, at_role_reference, rule_for
from trustpath.paths.kubernetes_request.walk import Walk
from trustpath.paths.links import Finding


@cause("authorization", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold for a request of a step that no rule of its account is about."""
    request = walk.request
    if walk.account is None or walk.denied is None or not isinstance(request, ResourceRequest) or not is_step(walk):
        return
    if components_of(walk) or is_spelled_or_nearly(walk) or any(m.part == "verb" and m.named for m in walk.rule_misses):
        return
    namespace, name = walk.account
    version = version_for(walk, namespace)
    right, needed = _needed(request, version)
    granted = [grant for grant in walk.own_grants if grant.namespace in ("", request.namespace)]
    rank = RULE - 1 if granted else OTHER_NAME + 1 if walk.grant_misses else ELSEWHERE + 4
    shown = f" of Argo {'.'.join(map(str, version))}" if version else ""
    account = tuple(
        Finding(item.source.at("metadata", "name"), name, "no binding of its own counts here")
        for item in walk.snapshot.kubernetes.service_accounts_in(namespace)
        if item.value.metadata.name == name
    )
    holds = ", ".join(dict.fromkeys(str(grant.role) for grant in granted))
    yield Diagnosis(
        confidence="certain",
        title=f"the steps of workflows run as `{name}`, which lacks the rule for `{request.combined}`",
        explanation=f"The executor{shown} writes {right.why} as the account of the step's pod"
        + (f", and {holds} says nothing of it." if holds else ", to which nothing is granted here."),
        evidence=(
            *(at_role_reference(walk, granted[0], f"has no rule for {request.combined}") if granted else account),
            *list(steps_of(walk, namespace, name))[:2],
        ),
        expected=f"a rule {rule_for(walk)}",
        got="none",
        symptom=walk.message,
        help=tuple(f"grant {name} {_words(item)}, for {item.why}" for item in needed),
        rank=rank,
    )


def _needed(request: ResourceRequest, version: Version | None) -> tuple[Right, tuple[Right, ...]]:
    """Return the right that the request is about, and all that go with it."""
    sets = (
        executor_rights(version),
        executor_rights(None),
        executor_rights((3, 2, 0)),
        agent_rights(version),
        agent_rights((3, 2, 0)),
        ARTIFACT_GC_RIGHTS,
    )
    for rights in sets:
        for right in rights:
            if right.covers(request):
                return right, rights
    raise AssertionError("is_step holds for requests of these sets alone")


def _words(right: Right) -> str:
    return f'{{apiGroups: ["{right.group}"], resources: [{right.resource}], verbs: [{", ".join(right.verbs)}]}}'
