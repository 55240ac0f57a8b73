"""Applies changes to a copy of the facts. What was read is never touched."""

import copy
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import structs

from trustpath.engine import webhook
from trustpath.engine.eks import pod_identity
from trustpath.engine.labels import selects
from trustpath.facts import kubernetes
from trustpath.fixes.aws_auth_text import patched_mapping
from trustpath.model.answers import Answers, ListedArns, Located
from trustpath.model.arn import OidcProviderArn
from trustpath.model.eks import AccessEntry, AssociatedPolicies, PodIdentityAssociation
from trustpath.model.fix import (
    AddClientId,
    ApplyObject,
    Change,
    CreateAccessEntry,
    CreateAssociation,
    CreateObject,
    CreateProvider,
    Operation,
    PatchMapping,
    PatchObject,
    PatchTrustPolicy,
    PutRolePolicy,
    Restart,
    SetAccessEntryGroups,
    SetHopLimit,
    SetThumbprints,
)
from trustpath.model.iam import Document, InlinePolicy, OidcProvider
from trustpath.model.kubernetes import NOT_NAMESPACED, Pod, Workload
from trustpath.model.policy import PolicyDocument, parse_policy
from trustpath.model.rbac import Role
from trustpath.model.snapshot import Snapshot
from trustpath.model.source import Source

T = TypeVar("T")
_PAIRS = (webhook.WEB_IDENTITY_VARIABLES, webhook.POD_IDENTITY_VARIABLES)
_INJECTED = frozenset({webhook.VOLUME, pod_identity.VOLUME})
"""The volumes that the webhook adds to a pod."""
PROPOSED = Source("the proposed change")
"""Where what a change makes stands."""


class InapplicableError(Exception):
    """A change does not fit the facts: what it is to change is not there, or has another form."""


def apply(snapshot: Snapshot, changes: tuple[Change, ...]) -> Snapshot:
    """Return the facts as they are after some changes. Raises InapplicableError."""
    answers = copy.copy(snapshot.answers)
    for change in changes:
        _apply(answers, change, snapshot)
    same_objects = answers.objects is snapshot.answers.objects
    return Snapshot(answers, snapshot.kubernetes if same_objects else None)


def _apply(answers: Answers, change: Change, snapshot: Snapshot) -> None:
    match change:
        case PatchObject():
            _patch_object(answers, change.kind, change.namespace, change.name, change.operations)
        case CreateObject():
            value = _decoded(change.kind, change.manifest)
            answers.objects = [*answers.objects, (change.kind, Located(value, PROPOSED))]
            if change.kind == "ClusterRole":
                _aggregate(answers, value)
        case ApplyObject(manifest, namespace):
            apply_object(answers, manifest, namespace)
        case PatchMapping():
            _patch_aws_auth(answers, change)
        case Restart():
            _restart(answers, change, snapshot)
        case PatchTrustPolicy(arn, operations):
            answers.roles = _each(
                answers.roles,
                lambda role: role.arn == arn,
                lambda role: structs.replace(role, trust=patched(role.trust, operations)),
            )
        case PutRolePolicy():
            _put_role_policy(answers, change)
        case CreateProvider() | AddClientId() | SetThumbprints():
            _change_provider(answers, change)
        case CreateAssociation(cluster, namespace, account, role):
            made = PodIdentityAssociation(cluster, namespace, account, "", role)
            answers.associations = [*answers.associations, Located(made, PROPOSED)]
        case CreateAccessEntry(cluster, principal, groups, type_):
            entry = AccessEntry(cluster, principal, "", groups, type_)
            answers.access_entries = [*answers.access_entries, Located(entry, PROPOSED)]
            none = AssociatedPolicies(cluster, principal, ())
            answers.access_policies = [*answers.access_policies, Located(none, PROPOSED)]
        case SetAccessEntryGroups(_, principal, groups):
            answers.access_entries = _each(
                answers.access_entries,
                lambda entry: entry.principal_arn == principal,
                lambda entry: structs.replace(entry, groups=groups),
            )
        case SetHopLimit(instance, limit):
            answers.instances = _each(
                answers.instances,
                lambda item: item.instance_id == instance,
                lambda item: structs.replace(item, hop_limit=limit),
            )


def _each(items: list[Located[T]], is_meant: Callable[[T], bool], changed: Callable[[T], T]) -> list[Located[T]]:
    if not any(is_meant(item.value) for item in items):
        raise InapplicableError
    return [Located(changed(item.value), item.source) if is_meant(item.value) else item for item in items]


# Kubernetes objects


def _patch_object(answers: Answers, kind: str, namespace: str, name: str, operations: tuple[Operation, ...]) -> None:
    found: list[Any] = []
    objects = list(answers.objects)
    for index, (of, located) in enumerate(objects):
        metadata = located.value.metadata
        if of != kind or metadata.name != name or (namespace and (metadata.namespace or "default") != namespace):
            continue
        value = patched_json(msgspec.json.decode(msgspec.json.encode(located.value)), operations)
        objects[index] = (kind, Located(_decoded(kind, value), located.source))
        found.append(objects[index][1].value)
    if not found:
        raise InapplicableError
    answers.objects = objects
    if kind == "ClusterRole":
        for role in found:
            _aggregate(answers, role)


def delete_object(answers: Answers, kind: str, namespace: str, name: str) -> None:
    """Take an object away, where it is there."""
    answers.objects = [
        (of, item)
        for of, item in answers.objects
        if of != kind
        or item.value.metadata.name != name
        or (namespace and (item.value.metadata.namespace or "default") != namespace)
    ]


def apply_object(answers: Answers, manifest: Mapping[str, object], namespace: str) -> None:
    """Merge a manifest into the object that is there, or make it. Raises InapplicableError."""
    kind = str(manifest["kind"])
    metadata = manifest.get("metadata")
    assert isinstance(metadata, Mapping)  # noqa: S101  # it was decoded as an object
    where = "" if kind in NOT_NAMESPACED else str(metadata.get("namespace") or namespace)
    placed = {**manifest, "metadata": {**metadata, **({"namespace": where} if where else {})}}
    objects = list(answers.objects)
    for index, (of, located) in enumerate(objects):
        known = located.value.metadata
        is_there = known.name == metadata.get("name") and (not where or (known.namespace or "default") == where)
        if of == kind and is_there:
            merged = _merged(msgspec.json.decode(msgspec.json.encode(located.value)), placed)
            objects[index] = (kind, Located(_decoded(kind, merged), located.source))
            break
    else:
        index = len(objects)
        objects.append((kind, Located(_decoded(kind, placed), PROPOSED)))
    answers.objects = objects
    if kind == "ClusterRole":
        _aggregate(answers, objects[index][1].value)


_BY_NAME = frozenset({"containers", "env", "initContainers", "volumes"})
"""Lists of a pod's template whose items `kubectl apply` merges by their name; other lists are replaced."""


def _merged(old: object, new: object, key: str = "") -> object:
    """Return a value after a merge patch (RFC 7396), with the lists that are merged by name."""
    if key in _BY_NAME and isinstance(old, list) and isinstance(new, list):
        named = {item.get("name"): item for item in old if isinstance(item, Mapping)}
        wanted = [item for item in new if isinstance(item, Mapping)]
        names = {item.get("name") for item in wanted}
        kept = [item for item in old if not isinstance(item, Mapping) or item.get("name") not in names]
        return [*(_merged(named.get(item.get("name")), item) for item in wanted), *kept]
    if not isinstance(new, Mapping):
        return new
    found = dict(old) if isinstance(old, dict) else {}
    for name, value in new.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = _merged(found.get(name), value, name)
    return found


def _aggregate(answers: Answers, made: Role) -> None:
    """Copy the rules of a ClusterRole into those that aggregate it, and on, as the controller does (R31, R32)."""
    labels = made.metadata.labels or {}
    rules = made.rules or []
    grown: list[Role] = []
    objects = list(answers.objects)
    for index, (kind, item) in enumerate(objects):
        role = item.value
        if kind != "ClusterRole" or role.metadata.name == made.metadata.name or not _selects(role, labels):
            continue
        more = [rule for rule in rules if rule not in (role.rules or [])]
        if more:
            changed = structs.replace(role, rules=[*(role.rules or []), *more])
            objects[index] = (kind, Located(changed, item.source))
            grown.append(changed)
    answers.objects = objects
    for role in grown:
        _aggregate(answers, role)


def _selects(role: Role, labels: dict[str, str]) -> bool:
    selectors = role.aggregation_rule.cluster_role_selectors if role.aggregation_rule else None
    return any(selects(selector, labels) for selector in selectors or ())


def _decoded(kind: str, value: object) -> Any:
    try:
        return kubernetes.decode(kind, msgspec.json.encode(value))
    except msgspec.DecodeError as error:
        raise InapplicableError(str(error)) from None


def _patch_aws_auth(answers: Answers, change: PatchMapping) -> None:
    config = Snapshot(answers).kubernetes.known("ConfigMap", "kube-system", "aws-auth")
    if config is None:
        raise InapplicableError
    raw = (config.value.data or {}).get(change.key)
    try:
        text = msgspec.json.decode(raw, type=str) if raw else ""
    except msgspec.DecodeError:
        raise InapplicableError from None
    operation = Operation("add", ("data", change.key), patched_mapping(text, change))
    operations = (operation,) if config.value.data is not None else (Operation("add", ("data",), {}), operation)
    _patch_object(answers, "ConfigMap", "kube-system", "aws-auth", operations)


def _restart(answers: Answers, change: Restart, snapshot: Snapshot) -> None:
    """Take a workload's pods away: what admission would make of new ones is asked of their template."""
    if change.kind == "Pod":
        gone = {change.name}
        pod = snapshot.kubernetes.known("Pod", change.namespace, change.name)
        if pod is None:
            raise InapplicableError
        answers.objects = [*answers.objects, ("Deployment", Located(_made_anew(pod.value), PROPOSED))]
    else:
        gone = {
            pod.value.metadata.name for pod in snapshot.kubernetes.pods_of(change.kind, change.namespace, change.name)
        }
    answers.objects = [
        (kind, located)
        for kind, located in answers.objects
        if not (
            kind == "Pod"
            and located.value.metadata.name in gone
            and (located.value.metadata.namespace or "default") == change.namespace
        )
    ]


def _made_anew(pod: Pod) -> Workload:
    """Return a pod that nobody owns as it is before admission, in the place of a template: so it is predicted."""
    spec = msgspec.json.decode(msgspec.json.encode(pod.spec))
    if webhook.injected_volume(pod.spec) or webhook.injected_volume(pod.spec, pod_identity.VOLUME):
        spec["volumes"] = [item for item in spec.get("volumes") or () if item.get("name") not in _INJECTED]
        for container in (*(spec.get("containers") or ()), *(spec.get("initContainers") or ())):
            names = {item.get("name") for item in container.get("env") or ()}
            # One of a pair alone its author has set: the webhook adds both, or none.
            added = {name for pair in _PAIRS if names.issuperset(pair) for name in pair}
            container["env"] = [item for item in container.get("env") or () if item.get("name") not in added]
            mounts = container.get("volumeMounts") or ()
            container["volumeMounts"] = [item for item in mounts if item.get("name") not in _INJECTED]
    metadata = {"name": pod.metadata.name, "namespace": pod.metadata.namespace}
    labels = {"labels": pod.metadata.labels or {}, "annotations": pod.metadata.annotations or {}}
    template = {"metadata": {**metadata, **labels}, "spec": spec}
    made: Workload = _decoded("Deployment", {"metadata": metadata, "spec": {"template": template}})
    return made


# Policies


def _put_role_policy(answers: Answers, change: PutRolePolicy) -> None:
    role, account = change.role_arn.rpartition("/")[2], change.role_arn.split(":")[4]
    document = parse_policy(msgspec.json.encode(change.document).decode())
    made = InlinePolicy(role, change.policy, document, account)
    answers.inline_policies = [*answers.inline_policies, Located(made, PROPOSED)]
    answers.inline_policy_names = [
        Located(structs.replace(item.value, names=(*item.value.names, change.policy)), item.source)
        if item.value.role == role and item.value.account in ("", account)
        else item
        for item in answers.inline_policy_names
    ]


def patched(document: Document, operations: tuple[Operation, ...]) -> Document:
    """Return a policy after a patch. Raises InapplicableError."""
    if not isinstance(document, PolicyDocument):
        raise InapplicableError
    text = patched_json(msgspec.json.decode(document.text), operations)
    return parse_policy(msgspec.json.encode(text).decode())


def patched_json(value: object, operations: tuple[Operation, ...]) -> object:
    """Return a JSON value after a patch (RFC 6902). Raises InapplicableError."""
    import jsonpatch
    import jsonpointer

    patch = [
        {"op": item.op, "path": jsonpointer.JsonPointer.from_parts(list(item.path)).path}
        | ({} if item.op == "remove" else {"value": item.value})
        for item in operations
    ]
    try:
        return jsonpatch.apply_patch(value, patch)
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
        raise InapplicableError(str(error)) from None


# Providers


def _change_provider(answers: Answers, change: CreateProvider | AddClientId | SetThumbprints) -> None:
    if isinstance(change, AddClientId | SetThumbprints):
        issuer = change.provider_arn.partition("oidc-provider/")[2]
        answers.providers = _each(
            answers.providers,
            lambda item: item.issuer == issuer and item.arn in ("", change.provider_arn),
            lambda item: (
                structs.replace(item, thumbprints=change.thumbprints)
                if isinstance(change, SetThumbprints)
                else structs.replace(item, client_ids=(*item.client_ids, change.client_id))
            ),
        )
        return
    arn = OidcProviderArn.parse(change.arn)
    if arn is None:
        raise InapplicableError
    # IAM fetches the thumbprint itself where none is given.
    chains = (item.value.certificates for item in answers.certificates if item.value.issuer == f"https://{arn.issuer}")
    made = OidcProvider(arn.issuer, change.client_ids, tuple(chain[-1].sha1 for chain in chains if chain), change.arn)
    answers.providers = [*answers.providers, Located(made, PROPOSED)]
    answers.provider_lists = [*answers.provider_lists, ListedArns((change.arn,), PROPOSED, arn.account)]
