"""RBAC objects as manifests, with the reason of each rule beside it."""

from collections.abc import Iterator

import msgspec

from trustpath.engine.webhook import ROLE_ANNOTATION
from trustpath.model.generated import GeneratedRbac, Subject, WrittenRole
from trustpath.model.rbac import PolicyRule

_GROUP = "rbac.authorization.k8s.io"


def render(items: tuple[GeneratedRbac, ...]) -> str:
    """Return the manifests, ending with a line break: what `kubectl apply -f` takes."""
    documents: list[str] = []
    for item in items:
        documents += ["\n".join(lines) for lines in _documents(item)]
    return "\n---\n".join(documents) + "\n"


def _documents(item: GeneratedRbac) -> Iterator[list[str]]:
    head = [f"# {_plain(note)}" for note in item.notes]
    rest = "other names of what is listed at the end" if item.widened else "nothing"
    head.append(f"# proof: {item.allowed} requests asked, all allowed; the rules below allow {rest} besides")
    subject = item.subject
    if subject.is_new or subject.role_arn:
        yield [
            *head,
            "apiVersion: v1",
            "kind: ServiceAccount",
            *_metadata(subject.name, subject.namespace),
            *_role_of(subject),
        ]
        head = []
    if subject.token_secret:
        yield [
            *head,
            "apiVersion: v1",
            "kind: Secret",
            *_metadata(subject.token_secret, subject.namespace),
            "  annotations:",
            f"    kubernetes.io/service-account.name: {_scalar(subject.name)}",
            "type: kubernetes.io/service-account-token",
        ]
        head = []
    for role in item.roles:
        yield [*head, *_role(role)]
        head = []
        yield _binding(item, role)
    tail = [f"# use: {_plain(line)}" for line in item.usage]
    tail += [f"# for every name: {_plain(line)}" for line in item.widened]
    tail += [f"# refused, and not in here: {_plain(line)}" for line in item.refused]
    if item.check is not None:
        tail += [f"# lacking today: {_plain(line)}" for line in item.check.missing]
        tail += [f"# too much today: {_plain(line)}" for line in item.check.surplus]
    if tail:
        yield tail


def _role_of(subject: Subject) -> list[str]:
    """Return the annotation that binds an IAM role to a service account."""
    if not subject.role_arn:
        return []
    return ["  annotations:", f"    {ROLE_ANNOTATION}: {_scalar(subject.role_arn)}"]


def _role(role: WrittenRole) -> list[str]:
    kind = "Role" if role.namespace else "ClusterRole"
    lines = [f"apiVersion: {_GROUP}/v1", f"kind: {kind}", *_metadata(role.name, role.namespace), "rules:"]
    for item in role.rules:
        if item.why:
            lines.append(f"# {_plain(item.why)}")
        lines += _rule(item.rule)
    return lines


def _rule(rule: PolicyRule) -> list[str]:
    if rule.non_resource_urls:
        return [f"- nonResourceURLs: {_list(rule.non_resource_urls)}", f"  verbs: {_list(rule.verbs or [])}"]
    lines = [f"- apiGroups: {_list(rule.api_groups or [])}", f"  resources: {_list(rule.resources or [])}"]
    if rule.resource_names:
        lines.append(f"  resourceNames: {_list(rule.resource_names)}")
    return [*lines, f"  verbs: {_list(rule.verbs or [])}"]


def _binding(item: GeneratedRbac, role: WrittenRole) -> list[str]:
    subject = item.subject
    kind = "RoleBinding" if role.namespace else "ClusterRoleBinding"
    lines = [
        f"apiVersion: {_GROUP}/v1",
        f"kind: {kind}",
        *_metadata(role.name, role.namespace),
        "roleRef:",
        f"  apiGroup: {_GROUP}",
        f"  kind: {'Role' if role.namespace else 'ClusterRole'}",
        f"  name: {_scalar(role.name)}",
        "subjects:",
        f"- kind: {subject.kind}",
        f"  name: {_scalar(subject.name)}",
    ]
    if subject.kind == "ServiceAccount":
        return [*lines, f"  namespace: {_scalar(subject.namespace)}"]
    return [*lines, f"  apiGroup: {_GROUP}"]


def _metadata(name: str, namespace: str) -> list[str]:
    lines = ["metadata:", f"  name: {_scalar(name)}"]
    return [*lines, f"  namespace: {_scalar(namespace)}"] if namespace else lines


def _scalar(text: str) -> str:
    """Return a text as YAML: as it is where nothing can take it for something else, else as JSON."""
    safe = text and all(character.isalnum() or character in "-./" for character in text) and text[0].isalpha()
    words = ("true", "false", "null", "yes", "no", "on", "off", "y", "n")
    return text if safe and text.lower() not in words else msgspec.json.encode(text).decode()


def _list(values: list[str]) -> str:
    return f"[{', '.join(_scalar(value) for value in values)}]"


def _plain(text: str) -> str:
    return " ".join(text.split())
