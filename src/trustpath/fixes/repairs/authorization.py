"""What may make the API server let a user do something: the rule or binding that comes nearest, or new ones."""

from collections.abc import Iterator
from typing import Literal

from trustpath.engine.rbac.near_misses import GrantMiss, RuleMiss
from trustpath.engine.rbac.request import ResourceRequest, account_of
from trustpath.model.answers import Located
from trustpath.model.fact import Absent
from trustpath.model.fix import (
    Candidate,
    Change,
    CreateObject,
    Operation,
    PatchMapping,
    PatchObject,
    SetAccessEntryGroups,
)
from trustpath.model.rbac import PolicyRule, Role
from trustpath.paths.kubernetes_request.argo import lent_by, verbs_together
from trustpath.paths.kubernetes_request.walk import Walk
from trustpath.paths.principal_to_cluster.entries import is_node, own_name
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk

_STOCK = "kubernetes.io/bootstrapping"
_GROUP = "rbac.authorization.k8s.io"


def repair(walk: Walk) -> Iterator[Candidate]:
    """Yield what may let the user do it, the nearest first."""
    if walk.user is None or walk.request is None:
        return
    if isinstance(walk, PrincipalWalk) and is_node(walk):
        return  # what nodes may is no matter of roles: it is how they are known to the cluster
    if lent_by(walk) is not None:
        return  # the workflow needs an account of its own, and no more rights for Argo's
    if walk.uses_default_account:
        return  # every pod without an account of its own would have the right: the workload needs one
    subject = _subject(walk)
    for miss in walk.rule_misses:
        yield from _mended_rule(walk, miss)
    for grant in walk.grant_misses if subject is not None else ():
        yield from _mended_grant(walk, grant, subject or {})
    yield from _dangling(walk)
    yield from _aggregated(walk, subject or {"name": "more"})
    yield from _held_roles(walk)
    if subject is not None:
        yield from _own_role(walk, subject)
    elif isinstance(walk, PrincipalWalk):
        yield from _own_group(walk)


def _mended_rule(walk: Walk, miss: RuleMiss) -> Iterator[Candidate]:
    """Yield how a rule that the user holds comes to cover the request: widened by no more than that, or one more."""
    located = walk.rbac.role(miss.grant.role)
    request = walk.request
    if located is None or located.value.aggregation_rule is not None or request is None or _is_stock(located.value):
        return
    rules = located.value.rules or []
    if miss.rule >= len(rules):
        return
    rule, key = rules[miss.rule], miss.grant.role
    here = ("rules", miss.rule)
    if not isinstance(request, ResourceRequest):
        if len(rule.non_resource_urls or ()) == 1:
            operation = Operation("add", (*here, "verbs", "-"), request.verb)
            yield _role_patch(located, f"in {key}, add {request.verb} to rule {miss.rule + 1}", operation)
            return
    elif miss.part in ("resource-syntax", "resource-spelling", "subresource-spelling"):
        operation = Operation("replace", (*here, "resources", miss.index), request.combined)
        yield _role_patch(located, f"in rule {miss.rule + 1} of {key}, write {request.combined}", operation)
        return
    elif miss.part == "verb" and _is_of_one_resource(rule):
        operation = Operation("add", (*here, "verbs", "-"), request.verb)
        yield _role_patch(located, f"in {key}, add {request.verb} to rule {miss.rule + 1}", operation)
        return
    elif miss.part == "resource-names" and request.name and _is_of_one_resource(rule) and rule.verbs == [request.verb]:
        operation = Operation("add", (*here, "resourceNames", "-"), request.name)
        yield _role_patch(located, f"in {key}, add {request.name} to rule {miss.rule + 1}", operation)
        return
    elif miss.part == "api-group" and _is_of_one_resource(rule):
        operation = Operation("add", (*here, "apiGroups", "-"), request.group)
        yield _role_patch(located, f'in {key}, add API group "{request.group}" to rule {miss.rule + 1}', operation)
        return
    yield _one_more_rule(walk, located, str(key))


def _is_of_one_resource(rule: PolicyRule) -> bool:
    """Return whether a rule speaks of one thing alone, so that more in it opens nothing besides."""
    return len(rule.resources or ()) == 1 and len(rule.api_groups or ()) == 1 and "*" not in (rule.resources or ())


def _one_more_rule(walk: Walk, located: Located[Role], shown: str) -> Candidate:
    rule = rule_for(walk)
    operation = (
        Operation("add", ("rules", "-"), rule)
        if located.value.rules is not None
        else Operation("add", ("rules",), [rule])
    )
    return _role_patch(located, f"give {shown} a rule for {walk.asked}", operation)


def _role_patch(located: Located[Role], title: str, operation: Operation) -> Candidate:
    metadata = located.value.metadata
    kind = "Role" if metadata.namespace else "ClusterRole"
    return Candidate(title, (PatchObject(kind, metadata.namespace or "", metadata.name, (operation,)),))


def rule_for(walk: Walk) -> dict[str, object]:
    """Return the rule that the request needs and nothing more; for Argo all verbs that go together."""
    request = walk.request
    assert request is not None  # noqa: S101  # the caller has looked
    if not isinstance(request, ResourceRequest):
        return {"nonResourceURLs": [request.path], "verbs": [request.verb]}
    rule: dict[str, object] = {
        "apiGroups": [request.group],
        "resources": [request.combined],
        "verbs": list(verbs_together(walk)) or [request.verb],
    }
    # By a name of its own only what has one can be asked for (R26).
    named = request.name and request.verb in ("get", "update", "patch", "delete")
    return {**rule, "resourceNames": [request.name]} if named and request.resource in _NAMED else rule


_NAMED = frozenset({"configmaps", "secrets", "leases", "serviceaccounts"})
"""Resources that programs ask for by a name that stays; pods and jobs get another one each time."""


def _mended_grant(walk: Walk, miss: GrantMiss, subject: dict[str, object]) -> Iterator[Candidate]:
    """Yield how a binding that would allow elsewhere, or somebody else, comes to count here."""
    grant, request = miss.grant, walk.request
    binding = walk.rbac.binding(grant).value
    where = request.namespace if isinstance(request, ResourceRequest) else ""
    match miss.why:
        case "subject-namespace" | "subject-name":
            yield from _mended_subject(walk, miss, subject)
        case "namespace" if grant.role.kind == "ClusterRole":
            title = f"bind {grant.role} to {walk.who} in namespace {where}"
            name = _free(walk, ("RoleBinding",), where, binding.metadata.name)
            yield Candidate(title, (_binding(subject, "RoleBinding", where, name, grant.role.kind, grant.role.name),))
        case "namespace":
            located = walk.rbac.role(grant.role)
            if located is not None:
                name = _free(walk, ("Role", "RoleBinding"), where, grant.role.name)
                role = _new_role(walk, where, name)
                bound = _binding(subject, "RoleBinding", where, name, "Role", name)
                yield Candidate(f"give {walk.who} a Role and a RoleBinding in namespace {where}", (role, bound))
        case "scope" if grant.role.kind == "ClusterRole":
            wished = f"{binding.metadata.name}-{binding.metadata.namespace or 'cluster'}"
            name = _free(walk, ("ClusterRoleBinding",), "", wished)
            title = f"bind {grant.role} to {walk.who} in the whole cluster"
            yield Candidate(title, (_binding(subject, "ClusterRoleBinding", "", name, "ClusterRole", grant.role.name),))
        case _:
            return


def _mended_subject(walk: Walk, miss: GrantMiss, subject: dict[str, object]) -> Iterator[Candidate]:
    grant = miss.grant
    binding = walk.rbac.binding(grant).value
    kind = grant.kind
    named = (grant.subject.namespace or grant.namespace, grant.subject.name)
    fact = walk.snapshot.kubernetes.service_account(*named)
    # Users and groups are in no facts: who is named stays. So does an account that may be there.
    gone = grant.subject.kind == "ServiceAccount" and isinstance(fact, Absent) and not fact.implied
    here = ("subjects", grant.position)
    operation = Operation("replace", here, subject) if gone else Operation("add", ("subjects", "-"), subject)
    namespace = "" if kind == "ClusterRoleBinding" else binding.metadata.namespace or "default"
    title = f"in {kind} {binding.metadata.name}, name {walk.who}"
    yield Candidate(title, (PatchObject(kind, namespace, binding.metadata.name, (operation,)),))


def _dangling(walk: Walk) -> Iterator[Candidate]:
    """Yield how a role that a binding of the user names and that is not there comes to be."""
    request = walk.request
    where = request.namespace if isinstance(request, ResourceRequest) else ""
    for grant in walk.own_grants:
        role = grant.role
        counts = grant.namespace in ("", where) and role.kind in ("Role", "ClusterRole")
        if not counts or not isinstance(walk.snapshot.kubernetes.object(role.kind, role.namespace, role.name), Absent):
            continue
        yield Candidate(f"create {grant.role}", (_new_role(walk, grant.role.namespace, grant.role.name),))


def _aggregated(walk: Walk, subject: dict[str, object]) -> Iterator[Candidate]:
    """Yield a ClusterRole that the controller copies into one that the user holds (R31)."""
    for grant in walk.aggregated_grants:
        located = walk.rbac.role(grant.role)
        selectors = (
            located.value.aggregation_rule.cluster_role_selectors
            if located and located.value.aggregation_rule
            else None
        )
        for selector in selectors or ():
            labels = selector.match_labels
            if not labels:
                continue
            name = _free(walk, ("ClusterRole",), "", f"{_slug(walk, subject)}-{grant.role.name}")
            manifest = {
                "apiVersion": f"{_GROUP}/v1",
                "kind": "ClusterRole",
                "metadata": {"name": name, "labels": dict(labels)},
                "rules": [rule_for(walk)],
            }
            yield Candidate(
                f"let ClusterRole {grant.role.name} aggregate a rule for {walk.asked}", (CreateObject(manifest),)
            )
            break


def _held_roles(walk: Walk) -> Iterator[Candidate]:
    """Yield one more rule of a role that the user holds and that counts here, but for Kubernetes' own roles."""
    request = walk.request
    where = request.namespace if isinstance(request, ResourceRequest) else ""
    seen = {miss.grant.role for miss in walk.rule_misses}
    for grant in walk.own_grants:
        located = walk.rbac.role(grant.role)
        if grant.namespace not in ("", where) or grant.role in seen or located is None:
            continue
        seen.add(grant.role)
        if located.value.aggregation_rule is None and not _is_stock(located.value):
            yield _one_more_rule(walk, located, str(grant.role))


def _is_stock(role: Role) -> bool:
    """Return whether a role is Kubernetes' own: the API server writes it back at its next start."""
    return _STOCK in (role.metadata.labels or {}) or role.metadata.name.startswith("system:")


def _own_role(walk: Walk, subject: dict[str, object]) -> Iterator[Candidate]:
    """Yield a role of the user's own, with a rule for the request alone, and its binding."""
    request = walk.request
    where = request.namespace if isinstance(request, ResourceRequest) else ""
    kind = "Role" if where else "ClusterRole"
    name = _free(walk, (kind, f"{kind}Binding"), where, _slug(walk, subject))
    changes = (_new_role(walk, where, name), _binding(subject, f"{kind}Binding", where, name, kind, name))
    yield Candidate(f"give {walk.who} a {kind} of its own for {walk.asked}", changes)


def _slug(walk: Walk, subject: dict[str, object]) -> str:
    """Return a name for what is made for a subject."""
    request = walk.request
    what = request.resource if isinstance(request, ResourceRequest) else "urls"
    text = "".join(c if c.isalnum() else "-" for c in f"{subject['name']}-{what}".lower())
    return "-".join(part for part in text.split("-") if part)[:63].rstrip("-")


def _own_group(walk: PrincipalWalk) -> Iterator[Candidate]:
    """Yield a group for the entry of a principal whose sessions have names of their own, with a role for that group."""
    group = own_name(walk).lower()
    subject: dict[str, object] = {"apiGroup": _GROUP, "kind": "Group", "name": group}
    if walk.entry is not None:
        entry = walk.entry.value
        grouped: Change = SetAccessEntryGroups(walk.cluster_name, entry.principal_arn, (*entry.groups, group))
    elif walk.mapping is not None and walk.aws_auth is not None:
        key: Literal["mapRoles", "mapUsers"] = "mapUsers" if walk.mapping in walk.aws_auth.users else "mapRoles"
        groups = (*walk.mapping.groups, group)
        grouped = PatchMapping(key, walk.mapping.index, walk.mapping.arn, "", groups)
    else:
        return
    for candidate in _own_role(walk, subject):
        title = f"put {own_name(walk)} into group {group}, with a role for {walk.asked}"
        yield Candidate(title, (grouped, *candidate.changes))


def _free(walk: Walk, kinds: tuple[str, ...], namespace: str, name: str) -> str:
    """Return a name that nothing of these kinds has: what is there keeps its content."""
    known = walk.snapshot.kubernetes.known
    number = 1
    tried = name
    while any(known(kind, namespace, tried) is not None for kind in kinds):
        number += 1
        tried = f"{name}-{number}"
    return tried


def _new_role(walk: Walk, namespace: str, name: str) -> CreateObject:
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return CreateObject(
        {
            "apiVersion": f"{_GROUP}/v1",
            "kind": "Role" if namespace else "ClusterRole",
            "metadata": metadata,
            "rules": [rule_for(walk)],
        }
    )


def _binding(
    subject: dict[str, object], kind: str, namespace: str, name: str, role_kind: str, role: str
) -> CreateObject:
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return CreateObject(
        {
            "apiVersion": f"{_GROUP}/v1",
            "kind": kind,
            "metadata": metadata,
            "roleRef": {"apiGroup": _GROUP, "kind": role_kind, "name": role},
            "subjects": [subject],
        }
    )


def _subject(walk: Walk) -> dict[str, object] | None:
    """Return the user as a subject of a binding, None where there is nothing to name.

    A name with a part that only a session has is another one each time: then it is its group.
    """
    if walk.user is None:
        return None
    account = account_of(walk.user.name)
    if account:
        return {"kind": "ServiceAccount", "name": account[1], "namespace": account[0]}
    if walk.user.name and not _is_of_a_session(walk):
        return {"apiGroup": _GROUP, "kind": "User", "name": walk.user.name}
    group = next((group for group in walk.user.groups if not group.startswith("system:")), "")
    return {"apiGroup": _GROUP, "kind": "Group", "name": group} if group else None


def _is_of_a_session(walk: Walk) -> bool:
    """Return whether the user's name holds the name of a session, or a place for it (eks-identity A8, C6)."""
    name = walk.user.name if walk.user else ""
    session = walk.principal.session_name if isinstance(walk, PrincipalWalk) else ""
    return "{{" in name or ":assumed-role/" in name or bool(session and session in name)
