"""Where in the user's files a near miss stands, and how far it is from the request."""

from shlex import quote

from trustpath.engine.rbac.authorizer import Grant
from trustpath.engine.rbac.near_misses import GrantMiss, RuleMiss
from trustpath.engine.rbac.request import ResourceRequest
from trustpath.model.rbac import PolicyRule
from trustpath.paths.kubernetes_request.walk import Walk
from trustpath.paths.links import Finding

# Causes of one link, the surest sign first (Diagnosis.rank).
DANGLING = 0
OTHER_NAMESAKE = 10
RULE = 20
PARENT_RULE = 35
ELSEWHERE = 40
DEFAULT_ACCOUNT = 50
OTHER_NAME = 60
AGGREGATION = 70
EVERYTHING_RULE = 80


def at_rule(walk: Walk, miss: RuleMiss, label: str) -> tuple[Finding, ...]:
    """Return the part of the rule that does not match."""
    place = walk.rbac.rule_source(miss.grant, miss.rule)
    if place is None:
        return at_role_reference(walk, miss.grant, f"{miss.grant.role} {label}")
    if miss.index < 0:
        return (Finding(place.at(miss.field), miss.field, label, key=True),)
    return (Finding(place.at(miss.field, miss.index), miss.value, label),)


def at_binding(walk: Walk, grant: Grant, label: str) -> Finding:
    """Return the binding by its name."""
    located = walk.rbac.binding(grant)
    return Finding(located.source.at("metadata", "name"), located.value.metadata.name, label)


def at_role_reference(walk: Walk, grant: Grant, label: str) -> tuple[Finding, ...]:
    """Return the role that a binding grants."""
    source = walk.rbac.binding(grant).source
    return (Finding(source.at("roleRef", "name"), grant.role.name, label),)


def at_subject(walk: Walk, miss: GrantMiss, field: str, label: str) -> tuple[Finding, ...]:
    """Return a field of the subject that a binding names, or the whole subject where it has no such field."""
    grant = miss.grant
    place = walk.rbac.binding(grant).source.at("subjects", grant.position)
    value = grant.subject.namespace if field == "namespace" else grant.subject.name
    if not value:
        return (Finding(place.at("name"), grant.subject.name, label),)
    return (Finding(place.at(field), value, label),)


def rule_words(rule: PolicyRule | None) -> str:
    """Return a rule in one line, as people write it."""
    if rule is None:
        return ""
    groups = ", ".join(group or '""' for group in rule.api_groups or ())
    return f"{', '.join(rule.verbs or ())} on {', '.join(rule.resources or ())} in API group {groups}"


def rule_for(walk: Walk) -> str:
    """Return the rule that the request needs, in the flow style of YAML."""
    request = walk.request
    if not isinstance(request, ResourceRequest):
        return f'{{nonResourceURLs: ["{request.path}"], verbs: [{request.verb}]}}' if request else ""
    return f'{{apiGroups: ["{request.group}"], resources: [{request.combined}], verbs: [{request.verb}]}}'


def bind_command(walk: Walk, role_kind: str, role: str, namespace: str) -> str:
    """Return the kubectl command that binds a role to the user."""
    flag = f"--{role_kind.lower()}={quote(role)}"
    if walk.account:
        subject = f"--serviceaccount={':'.join(walk.account)}"
    else:
        subject = f"--user={quote(walk.user.name)}" if walk.user else ""
    if namespace:
        return f"kubectl create rolebinding {quote(role)} -n {quote(namespace)} {flag} {subject}"
    return f"kubectl create clusterrolebinding {quote(role)} {flag} {subject}"
