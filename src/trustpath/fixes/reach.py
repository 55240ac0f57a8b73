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
    CreateAssociation,
    CreateProvider,
    PatchObject,
    PatchTrustPolicy,
    PutRolePolicy,
    SetHopLimit,
    SetThumbprints,
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


def also_grants(walk: Walk, after: Walk, changes: tuple[Change, ...]) -> tuple[str, ...]:
    """Return who else may do what, one line each, sorted. ``walk`` is the question before the changes, ``after`` after.

    What somebody is bound to for the first time comes with all that is behind it: that is told in words.
    """
    own = _asked(walk) | _asked(after)
    found = {
        *rights_gained(walk.snapshot, after.snapshot, own, _indexes(walk, after)),
        *_roles(walk, walk.snapshot, after.snapshot, changes),
        *_accounts_for_all(changes),
    }
    return tuple(sorted(found))


def _accounts_for_all(changes: tuple[Change, ...]) -> Iterator[str]:
    """Yield what a whole account brings: to the pod that runs as it, or to the pods that run as ``default``."""
    for change in changes:
        match change:
            case PatchObject(kind, namespace, name, operations) if kind != "ServiceAccount":
                for operation in operations:
                    if operation.path[-1] == "serviceAccountName":
                        account = f"{namespace}/{operation.value}"
                        yield f"{kind.lower()} {namespace}/{name} has all that service account {account} may do"
            case PatchObject("ServiceAccount", namespace, "default") | CreateAssociation(_, namespace, "default"):
                yield f"every pod in {namespace} without a service account of its own has the role"
            case _:
                continue


# RBAC


def _indexes(walk: Walk, after: Walk) -> tuple[ClusterRbac, ClusterRbac] | None:
    """Return the roles and bindings of two walks as they have been indexed, None where they needed none."""
    if isinstance(walk, RequestWalk) and isinstance(after, RequestWalk):
        return walk.rbac, after.rbac
    return None


def rights_gained(
    before: Snapshot,
    after: Snapshot,
    besides: Container[Right] = (),
    indexes: tuple[ClusterRbac, ClusterRbac] | None = None,
) -> Iterator[str]:
    """Yield each right of RBAC that somebody has after a change and had not before, one line each."""
    changed = _changed(before, after) | _changed(after, before)
    if not changed:
        return
    earlier, later = indexes or (ClusterRbac(before), ClusterRbac(after))
    old, new = earlier.authorizer, later.authorizer
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
                yield from _opened(before, after, arn)
            case CreateProvider(arn) | AddClientId(arn) | SetThumbprints(arn):
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


def _opened(before: Snapshot, after: Snapshot, arn: str) -> Iterator[str]:
    """Yield what a condition that goes for good kept out: whoever that is, the facts do not hold them."""
    (old,), (new,) = _named(before, (arn,)), _named(after, (arn,))
    if not isinstance(old.trust, PolicyDocument) or not isinstance(new.trust, PolicyDocument):
        return
    now = {statement.path[1:]: statement for statement in new.trust.statements}
    for statement in old.trust.statements:
        # A single statement becomes the first one of a list.
        left = now.get(statement.path[1:] or (0,)) or now.get(())
        kept = {(item.operator, item.key) for item in left.conditions} if left is not None else set()
        claims = {key.rpartition(":")[2] for _, key in kept}
        for item in statement.conditions:
            moved = item.key.rpartition(":")[2].strip() in claims & {"sub", "aud"}
            if (item.operator, item.key) not in kept and not moved:
                yield f"whoever the condition {item.operator} {item.key} kept out may assume role {old.name}"


def _of_the_node(walk: PodWalk, snapshot: Snapshot, instance: str) -> Iterator[str]:
    node = walk.host.node.value.metadata.name if walk.host.node is not None else ""
    for pod in snapshot.kubernetes.all_of("Pod"):
        metadata = pod.value.metadata
        if node and pod.value.spec.node_name == node and metadata.name != walk.metadata.name:
            yield f"pod {metadata.namespace or 'default'}/{metadata.name} reaches the role of {instance}"
