"""No rule of the user's roles is about the resource.

What: goes through all rules that the user holds here.
Why it denies: what no rule allows is refused; there is nothing to override (R28).
Not a problem when: the user is not meant to do it.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.rbac.near_misses import RuleMiss
from trustpath.engine.rbac.request import ANONYMOUS, Request, ResourceRequest
from trustpath.model.question import KubernetesRequest
from trustpath.paths.kubernetes_request.findings import (
    ELSEWHERE,
    RULE,
    at_binding,
    at_role_reference,
    at_rule,
    bind_command,
    rule_for,
)
from trustpath.paths.kubernetes_request.walk import Walk
from trustpath.paths.links import Finding


@cause("authorization", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when nothing comes nearer than this, or an entry spells the resource in a way that matches nothing."""
    if walk.user is None or walk.request is None or walk.denied is None:
        return
    spelled = next((miss for miss in walk.rule_misses if miss.part == "resource-spelling"), None)
    if spelled is not None and isinstance(walk.request, ResourceRequest):
        yield _misspelled(walk, walk.request, spelled)
    elif not _explained(walk):
        yield _nothing(walk, walk.request)


def _explained(walk: Walk) -> bool:
    """Return whether another cause of this link holds.

    A binding elsewhere, or for somebody else, does not explain all where the user has a role here, which lacks a rule.
    """
    aggregated = walk.aggregated_grants and walk.is_custom_resource
    missing = walk.denied.missing if walk.denied else ()
    return bool(
        walk.explains_denial
        or walk.rule_misses
        or (walk.grant_misses and not walk.is_bound_here)
        or aggregated
        or missing
        or walk.uses_default_account
        or (walk.user is not None and walk.user.name == ANONYMOUS)
        or (walk.request is not None and walk.request.verb == "impersonate")
    )


def _misspelled(walk: Walk, request: ResourceRequest, miss: RuleMiss) -> Diagnosis:
    role = miss.grant.role
    return Diagnosis(
        confidence="certain",
        title=f"{role.kind} `{role.name}` says `{miss.value}`, the resource is `{request.resource}`",
        explanation="Rules name resources by their lower-case plural.",
        evidence=at_rule(walk, miss, f"expected {request.resource}"),
        expected=request.resource,
        got=miss.value,
        symptom=walk.message,
        help=(f"in rule {miss.rule + 1} of {role}, write {request.resource} for {miss.value}",),
        rank=RULE + 1,
    )


def _nothing(walk: Walk, request: Request) -> Diagnosis:
    namespace = request.namespace if isinstance(request, ResourceRequest) else ""
    named = [grant for grant in walk.own_grants if grant.namespace in ("", namespace)]
    grants = named or (walk.rbac.authorizer.grants_of(walk.user, namespace) if walk.user else [])
    what = request.combined if isinstance(request, ResourceRequest) else request.path
    role = named[0].role if named else None
    evidence: tuple[Finding, ...] = ()
    if role is not None:
        evidence = (*at_role_reference(walk, named[0], f"has no rule for {what}"),)
    elif grants:
        evidence = (at_binding(walk, grants[0], "one of the bindings that count, for everybody of a group"),)
    if role is None and walk.account:
        accounts = walk.snapshot.kubernetes.service_accounts_in(walk.account[0])
        own = [item for item in accounts if item.value.metadata.name == walk.account[1]]
        evidence = (
            *(Finding(item.source.at("metadata", "name"), walk.account[1], "no binding names it") for item in own),
            *evidence,
        )
    unread = next(walk.rbac.unread(request, walk.denied.unknown if walk.denied else ()), None)
    title = (
        f"no role of {walk.who} has a rule for `{what}`"
        if role is not None
        else f"no binding that counts here names {walk.who}"
    )
    if unread is not None:
        title = f"nothing that was read allows {walk.who} to {request.verb} {what}"
    # A message does not tell the user's groups, and a group may be bound.
    known = not isinstance(walk.question, KubernetesRequest) or walk.question.groups_known
    return Diagnosis(
        confidence="certain" if known and unread is None else "likely",
        title=title,
        explanation=f"It holds {', '.join(dict.fromkeys(str(grant.role) for grant in named))}."
        if named
        else (f"Not read: {unread.fact}." if unread else "It has only what every user has."),
        evidence=evidence,
        expected=f"a rule {rule_for(walk)}",
        got="none",
        symptom=walk.message,
        help=(f"in {role}, add the rule {rule_for(walk)}",)
        if role
        else (
            f"bind a role that has the rule {rule_for(walk)}:",
            bind_command(walk, "Role" if namespace else "ClusterRole", "ROLE", namespace),
        ),
        rank=ELSEWHERE + 5,
    )
