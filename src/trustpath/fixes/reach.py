"""What else a plan opens: every subject besides the asked one that may do more after it. The engines are asked."""

from collections.abc import Container, Iterable, Iterator

from trustpath.engine import sts, webhook
from trustpath.engine.iam.decision import decide_trust
from trustpath.engine.iam.wildcards import has_wildcard
from trustpath.engine.rbac.authorizer import Allowed, Authorizer, Grant, RoleKey
from trustpath.engine.rbac.request import ResourceRequest, UrlRequest, User, service_account
from trustpath.model.arn import OidcProviderArn, RoleArn
from trustpath.model.fact import Known
from trustpath.model.fix import (
    AddClientId,
    Change,
    CreateProvider,
    PatchTrustPolicy,
    PutRolePolicy,
    SetHopLimit,
)
from trustpath.model.iam import Role
from trustpath.model.policy import PolicyDocument
from trustpath.model.question import PodToAws
from trustpath.model.rbac import PolicyRule
from trustpath.model.snapshot import Snapshot
from trustpath.paths.cluster_rbac import ClusterRbac
from trustpath.paths.kubernetes_request.walk import Walk as RequestWalk
from trustpath.paths.links import Walk
from trustpath.paths.pod_to_aws.walk import Walk as PodWalk

Account = tuple[str, str]
"""Namespace and name of a service account."""
Right = tuple[str, str, str, str, str, str]
"""A subject, a namespace or none, and verb, group, resource and name as a rule writes them."""
_RBAC_KINDS = frozenset({"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"})


def also_grants(walk: Walk, before: Snapshot, after: Snapshot, changes: tuple[Change, ...]) -> tuple[str, ...]:
    """Return who else may do what, one line each, sorted. ``walk`` is the question before the changes."""
    found = {*_rbac(walk, before, after), *_roles(walk, before, after, changes)}
    return tuple(sorted(found))


# RBAC


def _rbac(walk: Walk, before: Snapshot, after: Snapshot) -> Iterator[str]:
    return rights_gained(before, after, _asked(walk))


def rights_gained(before: Snapshot, after: Snapshot, besides: Container[Right] = ()) -> Iterator[str]:
    """Yield each right of RBAC that somebody has after a change and had not before, one line each."""
    changed = _changed(before, after) | _changed(after, before)
    if not changed:
        return
    old, new = ClusterRbac(before).authorizer, ClusterRbac(after).authorizer
    for right in _rights(new, changed) - _rights(old, changed):
        if right not in besides and not _is_held(old, right):
            subject, namespace, verb, group, resource, name = right
            what = f"{resource}.{group}" if group else resource
            named = f" {name}" if name else ""
            where = f" in namespace {namespace}" if namespace else "" if resource.startswith("/") else " everywhere"
            yield f"{subject} may {verb} {what}{named}{where}"


def _changed(before: Snapshot, after: Snapshot) -> set[RoleKey]:
    """Return the roles that are others after a change, and those of bindings that are."""
    old = {id(item.value) for kind, item in before.answers.objects if kind in _RBAC_KINDS}
    found: set[RoleKey] = set()
    for kind, item in after.answers.objects:
        if kind not in _RBAC_KINDS or id(item.value) in old:
            continue
        namespace = item.value.metadata.namespace or "default" if not kind.startswith("Cluster") else ""
        if kind.endswith("Binding"):
            reference = item.value.role_ref
            of = "" if reference.kind == "ClusterRole" else namespace
            found.add(RoleKey(reference.kind, of, reference.name))
        else:
            found.add(RoleKey(kind, namespace, item.value.metadata.name))
    return found


def _rights(authorizer: Authorizer, roles: set[RoleKey]) -> set[Right]:
    found: set[Right] = set()
    for namespace in ("", *authorizer.namespaces):
        for key, grants in authorizer.grants_by_role(namespace).items():
            compiled = authorizer.rules_of(key) if key in roles else None
            for rule in compiled.rules if compiled else ():
                for subject in {_subject(grant) for grant in grants}:
                    found.update((subject, namespace, *part) for part in _parts(rule, namespace))
    return found


def _subject(grant: Grant) -> str:
    subject = grant.subject
    if subject.kind == "ServiceAccount":
        return f"service account {subject.namespace or grant.namespace}/{subject.name}"
    return f"{subject.kind.lower()} {subject.name}"


def _parts(rule: PolicyRule, namespace: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield each single right of a rule; of URLs only where the binding is the cluster's (R20)."""
    for verb in rule.verbs or ():
        for group in rule.api_groups or ():
            for resource in rule.resources or ():
                for name in rule.resource_names or ("",):
                    yield verb, group, resource, name
        for url in (rule.non_resource_urls or ()) if not namespace else ():
            yield verb, "", url, ""


def _is_held(authorizer: Authorizer, right: Right) -> bool:
    subject, namespace, verb, group, resource, name = right
    kind, _, who = subject.rpartition(" ")
    if kind == "service account":
        user = service_account(*who.split("/", 1))
    else:
        user = User("", (who,)) if kind == "group" else User(who)
    if resource.startswith("/"):
        return isinstance(authorizer.decide(user, UrlRequest(verb, resource)), Allowed)
    plain, _, subresource = resource.partition("/")
    request = ResourceRequest(verb, group, plain, subresource, namespace, name)
    return isinstance(authorizer.decide(user, request), Allowed)


def _asked(walk: Walk) -> set[Right]:
    """Return the rights that are just what was asked for."""
    if not isinstance(walk, RequestWalk) or walk.user is None or walk.request is None:
        return set()
    who = f"service account {'/'.join(walk.account)}" if walk.account else f"user {walk.user.name}"
    subjects = (who, *(f"group {group}" for group in walk.user.groups)) if not walk.account else (who,)
    request = walk.request
    if isinstance(request, UrlRequest):
        return {(subject, "", request.verb, "", request.path, "") for subject in subjects[:1]}
    return {
        (subjects[0], request.namespace, request.verb, request.group, request.combined, name)
        for name in {"", request.name}
    }


# IAM


def _roles(walk: Walk, before: Snapshot, after: Snapshot, changes: tuple[Change, ...]) -> Iterator[str]:
    if not isinstance(walk, PodWalk):
        return
    own = (walk.namespace, walk.account_name)
    for change in changes:
        match change:
            case PatchTrustPolicy(arn):
                yield from _admitted_now(walk, before, after, _named(after, (arn,)), own)
                yield from _opened(change)
            case CreateProvider(arn) | AddClientId(arn):
                yield from _admitted_now(walk, before, after, _that_name(after, arn), own)
            case PutRolePolicy(arn):
                for role in _named(after, (arn,)):
                    for account in sorted(_users(walk.question, after, role) - {own}):
                        yield f"service account {'/'.join(account)} has role {role.name}, and may the same"
            case SetHopLimit(instance):
                yield from _of_the_node(walk, after, instance)
            case _:
                continue


def _named(snapshot: Snapshot, arns: Iterable[str]) -> list[Role]:
    wanted = set(arns)
    return [item.value for item in snapshot.aws.roles() if item.value.arn in wanted]


def _that_name(snapshot: Snapshot, provider: str) -> list[Role]:
    """Return the roles whose trust policy names a provider."""
    return [
        item.value
        for item in snapshot.aws.roles()
        if isinstance(item.value.trust, PolicyDocument)
        and any(entry.value == provider for of in item.value.trust.statements for entry in of.principals or ())
    ]


def _admitted_now(walk: PodWalk, before: Snapshot, after: Snapshot, roles: list[Role], own: Account) -> Iterator[str]:
    earlier = {item.value.arn: item.value for item in before.aws.roles()}
    for role in roles:
        old = earlier.get(role.arn)
        held = _admitted(walk.question, before, old) if old is not None else set()
        for account in sorted(_admitted(walk.question, after, role) - held):
            if account != own or walk.role_arn is None or str(walk.role_arn) != role.arn:
                yield f"service account {'/'.join(account)} may assume role {role.name}"


def _users(question: PodToAws, snapshot: Snapshot, role: Role) -> set[Account]:
    """Return the accounts that may have a role: those that its trust policy admits, and those that are associated."""
    associated = {
        (item.value.namespace, item.value.service_account)
        for item in snapshot.aws.associations()
        if item.value.role_arn == role.arn
    }
    return _admitted(question, snapshot, role) | associated


def _admitted(question: PodToAws, snapshot: Snapshot, role: Role) -> set[Account]:
    """Return the service accounts that may assume a role with a token of the cluster's."""
    arn, issuer = RoleArn.parse(role.arn), snapshot.issuer(question.cluster)
    if arn is None or not isinstance(issuer, Known) or not isinstance(role.trust, PolicyDocument):
        return set()
    name = issuer.value.value.removeprefix("https://")
    provider = snapshot.aws.oidc_provider(OidcProviderArn(arn.partition, arn.account, name))
    if not isinstance(provider, Known):
        return set()
    details = provider.value.details
    accepted = details.value.client_ids if details is not None else None
    found: set[Account] = set()
    named = _named_alone(role.trust, name)
    for account, audience in _accounts(snapshot):
        if (accepted is not None and audience not in accepted) or (named is not None and account not in named):
            continue
        call = sts.WebIdentityCall(arn, sts.subject(*account), name, audience)
        if decide_trust(role.trust, sts.trust_request(call)).result == "allowed":
            found.add(account)
    return found


def _named_alone(trust: PolicyDocument, issuer: str) -> frozenset[Account] | None:
    """Return the accounts that a trust policy names, None where it may admit others: no other needs to be decided."""
    key = f"{issuer}:sub".lower()
    found: set[Account] = set()
    for statement in trust.statements:
        if statement.effect != "Allow":
            continue
        values = [
            text.value
            for condition in statement.conditions
            if condition.key.lower() == key and condition.operator in ("StringEquals", "StringLike")
            for text in condition.values
        ]
        parts = [value.split(":") for value in values]
        if not values or any(len(part) != 4 or has_wildcard(value) for part, value in zip(parts, values, strict=True)):
            return None
        found.update((part[2], part[3]) for part in parts)
    return frozenset(found)


def _accounts(snapshot: Snapshot) -> Iterator[tuple[Account, str]]:
    """Yield every service account with the audience of its tokens, also those that only pods show."""
    seen: set[Account] = set()
    for item in snapshot.kubernetes.all_of("ServiceAccount"):
        metadata = item.value.metadata
        account = (metadata.namespace or "default", metadata.name)
        seen.add(account)
        yield account, (metadata.annotations or {}).get(webhook.AUDIENCE_ANNOTATION, sts.DEFAULT_AUDIENCE)
    for pod in snapshot.kubernetes.all_of("Pod"):
        account = (pod.value.metadata.namespace or "default", pod.value.spec.account)
        if account not in seen:
            seen.add(account)
            yield account, sts.DEFAULT_AUDIENCE


def _opened(change: PatchTrustPolicy) -> Iterator[str]:
    """Yield what a condition that goes for good kept out: whoever that is, the facts do not hold them."""
    put = {operation.path[:3] for operation in change.operations if operation.op == "add"}
    for operation in change.operations:
        if operation.op == "remove" and "Condition" in operation.path and operation.path[:3] not in put:
            role = change.role_arn.rpartition("/")[2]
            yield f"whoever the condition {' '.join(map(str, operation.path[3:]))} kept out may assume role {role}"


def _of_the_node(walk: PodWalk, snapshot: Snapshot, instance: str) -> Iterator[str]:
    node = walk.host.node.value.metadata.name if walk.host.node is not None else ""
    for pod in snapshot.kubernetes.all_of("Pod"):
        metadata = pod.value.metadata
        if node and pod.value.spec.node_name == node and metadata.name != walk.metadata.name:
            yield f"pod {metadata.namespace or 'default'}/{metadata.name} reaches the role of {instance}"
