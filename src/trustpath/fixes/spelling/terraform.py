"""Changes as resources of Terraform: the aws provider's and the kubernetes provider's."""

import re
from collections.abc import Mapping

import msgspec

from trustpath.fixes.spelling.aws import trust_of
from trustpath.model.fix import (
    AddClientId,
    Change,
    CreateAccessEntry,
    CreateAssociation,
    CreateObject,
    CreateProvider,
    PatchObject,
    PatchTrustPolicy,
    PutRolePolicy,
    SetAccessEntryGroups,
    SetThumbprints,
)
from trustpath.model.snapshot import Snapshot

Values = Mapping[str, object]
_KUBERNETES = {"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"}


def spell(change: Change, after: Snapshot, cluster: str) -> str:
    """Return the resource as it has to be, empty for a change that Terraform does not make."""
    values: Values
    match change:
        case PatchTrustPolicy(arn):
            name = arn.rpartition("/")[2]
            policy = _call("jsonencode", msgspec.json.decode(trust_of(after, arn)))
            return _resource("aws_iam_role", name, {"name": name, "assume_role_policy": policy})
        case PutRolePolicy(arn, policy, document):
            role = arn.rpartition("/")[2]
            values = {"name": policy, "role": role, "policy": _call("jsonencode", document)}
            return _resource("aws_iam_role_policy", f"{role}_{policy}", values)
        case CreateProvider(arn, client_ids):
            issuer = arn.partition("oidc-provider/")[2]
            values = {"url": f"https://{issuer}", "client_id_list": list(client_ids)}
            return _resource("aws_iam_openid_connect_provider", "cluster", values)
        case AddClientId(arn, _):
            issuer = arn.partition("oidc-provider/")[2]
            known = [list(item.value.client_ids) for item in after.answers.providers if item.value.issuer == issuer]
            values = {"url": f"https://{issuer}", "client_id_list": known[0] if known else []}
            return _resource("aws_iam_openid_connect_provider", "cluster", values)
        case SetThumbprints(arn, thumbprints):
            issuer = arn.partition("oidc-provider/")[2]
            known = [list(item.value.client_ids) for item in after.answers.providers if item.value.issuer == issuer]
            values = {
                "url": f"https://{issuer}",
                "client_id_list": known[0] if known else [],
                "thumbprint_list": list(thumbprints),
            }
            return _resource("aws_iam_openid_connect_provider", "cluster", values)
        case CreateAssociation(of, namespace, account, role):
            values = {
                "cluster_name": of or cluster,
                "namespace": namespace,
                "service_account": account,
                "role_arn": role,
            }
            return _resource("aws_eks_pod_identity_association", account, values)
        case CreateAccessEntry(of, principal, groups, type_):
            values = {"cluster_name": of, "principal_arn": principal, "type": type_, "kubernetes_groups": list(groups)}
            return _resource("aws_eks_access_entry", principal.rpartition("/")[2], values)
        case SetAccessEntryGroups(of, principal, groups):
            values = {"cluster_name": of, "principal_arn": principal, "kubernetes_groups": list(groups)}
            return _resource("aws_eks_access_entry", principal.rpartition("/")[2], values)
        case CreateObject(manifest):
            parts = (change.kind.lower(), change.metadata["namespace"], change.metadata["name"])
            label = "_".join(part for part in parts if part)
            return _resource("kubernetes_manifest", label, {"manifest": manifest})
        case PatchObject("ServiceAccount", namespace, name, operations) if all(
            operation.path[:2] == ("metadata", "annotations") for operation in operations
        ):
            put = {str(item.path[2]): item.value for item in operations if item.op != "remove" and len(item.path) > 2}
            values = {
                "api_version": "v1",
                "kind": "ServiceAccount",
                "metadata": _Block({"name": name, "namespace": namespace}),
                "annotations": put,
            }
            return _resource("kubernetes_annotations", name, values)
        case PatchObject(kind, namespace, name) if kind in _KUBERNETES:
            found = after.kubernetes.known(kind, namespace, name)
            return _resource(f"kubernetes_{_snake(kind)}_v1", name, _rbac(kind, found.value)) if found else ""
        case _:
            return ""


class _Block(dict[str, object]):
    """A nested block, which has no equals sign."""


class _Expression(str):
    """A text that stands as it is, without quotes."""

    __slots__ = ()


def _rbac(kind: str, value: object) -> dict[str, object]:
    """Return a role or a binding as the kubernetes provider writes it: repeated blocks with names in snake case."""
    plain = msgspec.json.decode(msgspec.json.encode(value))
    metadata = {key: plain["metadata"][key] for key in ("name", "namespace", "labels") if plain["metadata"].get(key)}
    found: dict[str, object] = {"metadata": _Block(metadata)}
    if kind.endswith("Binding"):
        reference = plain["roleRef"]
        found["role_ref"] = _Block({"api_group": "rbac.authorization.k8s.io", **_only(reference, "kind", "name")})
        # What the API server takes from the binding, the provider takes to be `default` (R14).
        where = {"namespace": metadata.get("namespace", "")}
        subjects = [
            {**where, **subject} if subject.get("kind") == "ServiceAccount" else subject
            for subject in plain.get("subjects") or ()
        ]
        found["subject"] = [_Block(_snaked(subject)) for subject in subjects]
    else:
        found["rule"] = [_Block(_snaked(rule)) for rule in plain.get("rules") or ()]
    return found


def _only(value: dict[str, object], *keys: str) -> dict[str, object]:
    return {key: value[key] for key in keys if key in value}


def _snaked(value: dict[str, object]) -> dict[str, object]:
    names = {"nonResourceURLs": "non_resource_urls"}
    return {names.get(key, _snake(key)): child for key, child in value.items()}


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _call(function: str, value: object) -> _Expression:
    return _Expression(f"{function}({expression(value, 1)})")


def _resource(kind: str, label: str, values: Values) -> str:
    name = re.sub(r"\W", "_", label) or "this"
    name = name if not name[0].isdigit() else f"_{name}"
    return f'resource "{kind}" "{name}" {{\n{_body(values, 1)}}}'


def _body(values: Values, depth: int) -> str:
    indent = "  " * depth
    lines: list[str] = []
    for key, value in values.items():
        blocks = value if isinstance(value, list) and value and isinstance(value[0], _Block) else [value]
        for item in blocks:
            if isinstance(item, _Block):
                lines.append(f"{indent}{key} {{\n{_body(item, depth + 1)}{indent}}}\n")
            else:
                lines.append(f"{indent}{key} = {expression(item, depth)}\n")
    return "".join(lines)


def expression(value: object, depth: int = 0) -> str:
    """Return a value in HCL."""
    inner, outer = "  " * (depth + 1), "  " * depth
    match value:
        case _Expression():
            return str(value)
        case dict():
            if not value:
                return "{}"
            lines = [f"{inner}{_quoted(str(key))} = {expression(child, depth + 1)}\n" for key, child in value.items()]
            return f"{{\n{''.join(lines)}{outer}}}"
        case list() | tuple():
            if all(isinstance(item, str) for item in value):
                return f"[{', '.join(_quoted(str(item)) for item in value)}]"
            lines = [f"{inner}{expression(item, depth + 1)},\n" for item in value]
            return f"[\n{''.join(lines)}{outer}]"
        case str():
            return _quoted(value)
        case _:
            return msgspec.json.encode(value).decode()


def _quoted(text: str) -> str:
    """Return a text between quotes: nothing in it is a template."""
    return msgspec.json.encode(text).decode().replace("${", "$${").replace("%{", "%%{")
