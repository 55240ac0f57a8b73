"""Kubernetes objects in a document: one object, a List, or a kubeconfig."""

from typing import Any

import msgspec

from trustpath.facts import argo_configuration
from trustpath.facts.clients import read_kubeconfig
from trustpath.model import argo_workflows, exposure, rbac
from trustpath.model.answers import Answers, Located
from trustpath.model.kubernetes import KINDS
from trustpath.model.source import Source

Document = dict[str, msgspec.Raw]


class _Head(msgspec.Struct):
    kind: str = ""
    apiVersion: str = ""  # noqa: N815  # Kubernetes' spelling


class _Names(msgspec.Struct):
    name: str = ""
    namespace: str | None = None


class _OtherHead(msgspec.Struct):
    metadata: _Names = msgspec.field(default_factory=_Names)


class ObjectError(Exception):
    """An object does not have the form that the API server would accept."""

    def __init__(self, problem: str, source: Source) -> None:
        super().__init__(problem)
        self.problem = problem
        self.source = source


_decode_head = msgspec.json.Decoder(_Head).decode
_decode_items = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_other = msgspec.json.Decoder(_OtherHead).decode
_decoders: dict[str, msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(type_)
    for kind, type_ in (KINDS | rbac.KINDS | argo_workflows.KINDS | exposure.KINDS).items()
}

# apiVersions that a question reads. A custom resource may have the kind "Job" or "Role" as well.
_GROUPS = frozenset({"v1", "apps/v1", "batch/v1", "batch/v1beta1", "admissionregistration.k8s.io/v1"}) | {
    "apps/v1beta1",
    "apps/v1beta2",
    "apiextensions.k8s.io/v1",
    "apiextensions.k8s.io/v1beta1",
    "extensions/v1beta1",
    "admissionregistration.k8s.io/v1beta1",
    "argoproj.io/v1alpha1",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "aws.crossplane.io/v1beta1",
    "aws.upbound.io/v1beta1",
    "secrets-store.csi.x-k8s.io/v1",
    "secrets-store.csi.x-k8s.io/v1alpha1",
}


def decode(kind: str, data: bytes | msgspec.Raw) -> Any:
    """Return an object of a kind that a question reads. Raises msgspec.DecodeError."""
    value = _decoders[kind].decode(data)
    if kind == "ConfigMap" and argo_configuration.is_configuration(value.metadata):
        return argo_configuration.without_secrets(value)
    return value


def read(document: Document, data: bytes | msgspec.Raw, source: Source, answers: Answers) -> bool:
    """Add what a document holds and return True, or return False when it is not Kubernetes' own.

    Raises ObjectError for each object that cannot be read only after all others have been added.
    """
    if "kind" not in document or "apiVersion" not in document:
        return False
    try:
        head = _decode_head(data)
    except msgspec.DecodeError:
        return False
    if head.kind == "Config" and "clusters" in document:
        try:
            read_kubeconfig(data, source, answers)
        except msgspec.ValidationError as error:
            message, _, path = str(error).partition(" - at `$")
            raise ObjectError(f"this kubeconfig is not valid: {_plain(message)}", _below(source, path)) from None
        return True
    if head.kind.endswith("List") and "items" in document:
        _read_list(document["items"], head.kind.removesuffix("List"), source, answers)
        return True
    _read_object(data, head, source, answers)
    return True


def _read_list(items: msgspec.Raw, item_kind: str, source: Source, answers: Answers) -> None:
    first_error: ObjectError | None = None
    for index, item in enumerate(_decode_items(items)):
        here = source.at("items", index)
        try:
            try:
                head = _decode_head(item)
            except msgspec.DecodeError:
                raise ObjectError("an item of the list is no Kubernetes object", here) from None
            # A PodList from the API itself leaves the kind of its items out.
            head.kind = head.kind or item_kind
            _read_object(item, head, here, answers)
        except ObjectError as error:
            first_error = first_error or error
    if first_error:
        raise first_error


def _read_object(data: bytes | msgspec.Raw, head: _Head, source: Source, answers: Answers) -> None:
    if head.kind not in _decoders or (head.apiVersion or "v1") not in _GROUPS:
        try:
            other = _decode_other(data)
        except msgspec.DecodeError:
            other = _OtherHead()
        answers.counted[head.kind or "?"] = answers.counted.get(head.kind or "?", 0) + 1
        answers.cluster_scoped_seen |= head.kind in _CLUSTER_SCOPED and not other.metadata.namespace
        return
    try:
        value = decode(head.kind, data)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        raise ObjectError(f"this {head.kind} is not valid: {_plain(message)}", _below(source, path)) from None
    except (msgspec.DecodeError, RecursionError):
        raise ObjectError(f"this {head.kind} cannot be read", source) from None
    if not value.metadata.name:
        if not value.metadata.generate_name:
            raise ObjectError(f"this {head.kind} has no name", source.at("metadata"))
        if head.kind not in argo_workflows.KINDS:
            return
        # A workflow that is submitted many times: it is asked about by what its names start with.
        named = msgspec.structs.replace(value.metadata, name=value.metadata.generate_name)
        value = msgspec.structs.replace(value, metadata=named)
    answers.cluster_scoped_seen |= head.kind in _CLUSTER_SCOPED
    answers.objects.append((head.kind, Located(value, source)))


# Kinds without a namespace. Seeing one of them shows that the dump was not made of one namespace alone.
_CLUSTER_SCOPED = frozenset(
    {
        "ClusterRole",
        "ClusterRoleBinding",
        "ClusterWorkflowTemplate",
        "CustomResourceDefinition",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "ValidatingWebhookConfiguration",
    }
)

_TYPES = {
    "str": "a text",
    "int": "a number",
    "bool": "true or false",
    "object": "a mapping",
    "array": "a list",
}


def _plain(message: str) -> str:
    message = message[:1].lower() + message[1:]
    for name, words in _TYPES.items():
        message = message.replace(f"`{name} | null`", words).replace(f"`{name}`", words)
    return message


def _below(source: Source, path: str) -> Source:
    keys: list[str | int] = []
    # msgspec writes `[...]` for "some key of a mapping": the mapping itself is the place then.
    for part in path.rstrip("`").replace("[...]", "").replace("[", ".[").split("."):
        if part.startswith("["):
            keys.append(int(part[1:-1]))
        elif part:
            keys.append(part)
    return source.at(*keys)
