"""Resources of Terraform's provider kubernetes as the manifests that they stand for."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from trustpath.model.kubernetes import NOT_NAMESPACED
from trustpath.model.terraform_plan import PlannedResource

RBAC = "rbac.authorization.k8s.io"
_KINDS = {
    "cluster_role": "ClusterRole",
    "cluster_role_binding": "ClusterRoleBinding",
    "config_map": "ConfigMap",
    "default_service_account": "ServiceAccount",
    "namespace": "Namespace",
    "role": "Role",
    "role_binding": "RoleBinding",
    "service_account": "ServiceAccount",
}
_BY_TYPE = {
    "kubernetes_config_map_v1_data": "ConfigMap",
    **{f"kubernetes_{name}{version}": kind for name, kind in _KINDS.items() for version in ("", "_v1")},
}
_ON_OTHERS = frozenset({"kubernetes_annotations", "kubernetes_config_map_v1_data"})
"""Types that write a part of an object that somebody else made."""
MANIFESTS = frozenset({*_BY_TYPE, "kubernetes_annotations", "kubernetes_manifest", "kubectl_manifest"})
"""The types that are looked at."""


class Manifest(Struct, frozen=True):
    """What becomes of an object: ``value`` is all that the plan says of it, None where it is deleted.

    ``patch`` is a merge patch (RFC 7396) from what was before. ``is_pending``: a part that decides something is known
    only when the plan has been applied.
    """

    kind: str
    namespace: str
    name: str
    value: Mapping[str, object] | None
    patch: Mapping[str, object] | None = None
    is_pending: bool = False


def manifests_of(resource: PlannedResource) -> Iterator[Manifest]:
    """Yield the objects that a resource is about: the one before, where it is another one, and the one after."""
    old = _manifest(resource, resource.before) if resource.before is not None else None
    new = _manifest(resource, resource.after) if resource.after is not None else None
    if old is not None and (new is None or _key(old) != _key(new)):
        taken = _taken_back(old.value or {}) if resource.type in _ON_OTHERS else None
        yield Manifest(*_key(old), _placed(old, taken) if taken is not None else None)
    if new is None or new.value is None:
        return
    patch = new.value
    if old is not None and old.value is not None and _key(old) == _key(new):
        patch = _difference(old.value, new.value)
    yield Manifest(*_key(new), _placed(new, new.value), _placed(new, patch), _is_pending(resource))


def _taken_back(value: Mapping[str, object]) -> dict[str, object]:
    """Return the merge patch that takes a part away again: annotations, or data."""
    return {key: _taken_back(item) if isinstance(item, Mapping) else None for key, item in value.items()}


def _placed(item: Manifest, value: Mapping[str, object]) -> dict[str, object]:
    return {**value, "kind": item.kind, "metadata": _named(value, item)}


_MADE_BY_SERVER = frozenset({"generation", "resource_version", "uid", "name"})


def _is_pending(resource: PlannedResource) -> bool:
    """Return whether more is unknown than what every new object gets from the API server."""
    unknown = {key: value for key, value in resource.unknown.items() if key != "metadata"}
    metadata = resource.unknown.get("metadata")
    parts = metadata[0] if isinstance(metadata, list) and metadata and isinstance(metadata[0], Mapping) else {}
    own = {key: value for key, value in parts.items() if key not in _MADE_BY_SERVER}
    return PlannedResource("", "", None, None, {**unknown, **own}).has_unknown(
        "rule", "subject", "role_ref", "data", "annotations", "manifest", "yaml_body", "namespace", "labels"
    )


def _key(item: Manifest) -> tuple[str, str, str]:
    return item.kind, item.namespace, item.name


def _named(value: Mapping[str, object], item: Manifest) -> dict[str, object]:
    metadata = value.get("metadata")
    named: dict[str, object] = {**metadata} if isinstance(metadata, Mapping) else {}
    return {**named, "name": item.name, **({"namespace": item.namespace} if item.namespace else {})}


def _difference(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, object]:
    """Return the merge patch that makes one value of another."""
    found: dict[str, object] = {key: None for key in old if key not in new}
    for key, value in new.items():
        was = old.get(key)
        both = isinstance(value, Mapping) and isinstance(was, Mapping)
        found[key] = (
            _difference(was, value) if isinstance(value, Mapping) and isinstance(was, Mapping) and both else value
        )
    return found


def _manifest(resource: PlannedResource, values: Mapping[str, object]) -> Manifest | None:
    if resource.type in ("kubernetes_manifest", "kubectl_manifest"):
        return _written(values)
    metadata = _first(values.get("metadata"))
    kind = _BY_TYPE.get(resource.type) or str(values.get("kind") or "")
    name = metadata.get("name")
    if not kind or not isinstance(name, str) or not name:
        return None
    namespace = "" if kind in NOT_NAMESPACED else str(metadata.get("namespace") or "default")
    kept = {key: metadata[key] for key in ("annotations", "labels") if isinstance(metadata.get(key), Mapping)}
    if resource.type == "kubernetes_annotations":
        kept = {"annotations": values.get("annotations") or {}}
    return Manifest(kind, namespace, name, {"metadata": kept, **_fields(kind, values)})


def _fields(kind: str, values: Mapping[str, object]) -> dict[str, object]:
    found: dict[str, object] = {}
    if kind in ("Role", "ClusterRole") and not _first(values.get("aggregation_rule")):
        names = {"api_groups": "apiGroups", "resources": "resources", "resource_names": "resourceNames",
                 "non_resource_urls": "nonResourceURLs", "verbs": "verbs"}  # fmt: skip
        found["rules"] = [
            {names[key]: value for key, value in rule.items() if key in names and value}
            for rule in _all(values.get("rule"))
        ]
    elif kind == "ClusterRole":
        rule = _first(values.get("aggregation_rule"))
        found["aggregationRule"] = {
            "clusterRoleSelectors": [
                {"matchLabels": item.get("match_labels") or {}} for item in _all(rule.get("cluster_role_selectors"))
            ]
        }
    elif kind in ("RoleBinding", "ClusterRoleBinding"):
        reference = _first(values.get("role_ref"))
        found["roleRef"] = {
            "apiGroup": reference.get("api_group") or RBAC,
            "kind": reference.get("kind") or "",
            "name": reference.get("name") or "",
        }
        found["subjects"] = [_subject(item) for item in _all(values.get("subject"))]
    elif kind == "ConfigMap":
        data = values.get("data")
        found["data"] = dict(data) if isinstance(data, Mapping) else {}
    elif kind == "ServiceAccount" and values.get("automount_service_account_token") is not None:
        found["automountServiceAccountToken"] = values["automount_service_account_token"]
    return found


def _subject(item: Mapping[str, object]) -> dict[str, object]:
    kind = item.get("kind")
    found: dict[str, object] = {"kind": kind or "", "name": item.get("name") or ""}
    if kind == "ServiceAccount":
        return {**found, "namespace": item.get("namespace") or "default"}
    return {**found, "apiGroup": item.get("api_group") or RBAC}


def _written(values: Mapping[str, object]) -> Manifest | None:
    """Return the manifest that a resource holds as a whole."""
    value = values.get("manifest")
    body = values.get("yaml_body")
    if isinstance(body, str):
        import yaml

        try:
            value = yaml.load(body, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  # a safe one
        except yaml.YAMLError:
            return None
    if not isinstance(value, Mapping):
        return None
    metadata, kind = value.get("metadata"), value.get("kind")
    if not isinstance(metadata, Mapping) or not isinstance(kind, str) or not isinstance(metadata.get("name"), str):
        return None
    namespace = "" if kind in NOT_NAMESPACED else str(metadata.get("namespace") or "default")
    kept = {key: item for key, item in value.items() if key not in ("apiVersion", "status")}
    return Manifest(kind, namespace, str(metadata["name"]), kept)


def _all(value: object) -> list[Mapping[str, object]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _first(value: object) -> Mapping[str, object]:
    found = _all(value)
    return found[0] if found else {}
