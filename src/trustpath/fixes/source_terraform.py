"""Edits Terraform: the block of a role, or of what its trust policy is made of, found by python-hcl2."""

import re
from collections.abc import Iterator, Mapping

from trustpath.fixes.source_values import literals
from trustpath.model.fix import Change, PatchObject, PatchTrustPolicy
from trustpath.model.snapshot import Snapshot

_BLOCK = re.compile(r'^(?P<kind>resource|data)[ \t]+"(?P<type>[\w-]+)"[ \t]+"(?P<label>[\w-]+)"[ \t]*\{', re.MULTILINE)
_END = re.compile(r"^\}[ \t]*(?:#.*|//.*)?$", re.MULTILINE)
_REFERENCE = re.compile(r"data\.aws_iam_policy_document\.(?P<label>[\w-]+)(?:\[[^\]]*\])?\.json")
_KUBERNETES = {
    "ServiceAccount": ("kubernetes_service_account", "kubernetes_service_account_v1"),
    "Role": ("kubernetes_role", "kubernetes_role_v1"),
    "ClusterRole": ("kubernetes_cluster_role", "kubernetes_cluster_role_v1"),
    "RoleBinding": ("kubernetes_role_binding", "kubernetes_role_binding_v1"),
    "ClusterRoleBinding": ("kubernetes_cluster_role_binding", "kubernetes_cluster_role_binding_v1"),
}


def edited_terraform(text: str, change: Change, before: Snapshot) -> Iterator[str]:
    """Yield the text after a change, once for each block in which its literals stand just once."""
    if isinstance(change, PatchTrustPolicy):
        name = change.role_arn.rpartition("/")[2]
        spans = list(_of_role(text, name))
    elif isinstance(change, PatchObject) and change.kind in _KUBERNETES:
        spans = list(_named(text, _KUBERNETES[change.kind], change.name))
    else:
        return
    pairs = literals(change, before)
    for start, end in spans if pairs else ():
        block: str | None = text[start:end]
        for old, new in pairs:
            block = _replaced(block, old, new) if block is not None else None
        if block is not None:
            yield text[:start] + block + text[end:]


def _replaced(block: str, old: str, new: tuple[str, ...]) -> str | None:
    """Return a block with a literal replaced by others, None where it does not stand in it just once."""
    quoted = f'"{old}"'
    if block.count(quoted) != 1:
        return None
    at = block.index(quoted)
    written = ", ".join(f'"{text}"' for text in new)
    # In a list they stand side by side; a single value becomes a list.
    if len(new) != 1 and block[:at].rstrip()[-1:] not in ("[", ","):
        written = f"[{written}]"
    return block[:at] + written + block[at + len(quoted) :]


def _of_role(text: str, name: str) -> Iterator[tuple[int, int]]:
    """Yield the block of a role, and the policy document that its trust policy is made of."""
    for start, end in _named(text, ("aws_iam_role",), name):
        yield start, end
        for match in _REFERENCE.finditer(text[start:end]):
            for kind, type_, label, first, last in _blocks(text):
                if (kind, type_, label) == ("data", "aws_iam_policy_document", match["label"]):
                    yield first, last


def _named(text: str, types: tuple[str, ...], name: str) -> Iterator[tuple[int, int]]:
    """Yield the blocks of some types whose literal name it is."""
    for kind, type_, _, start, end in _blocks(text):
        if kind == "resource" and type_ in types and name in text[start:end] and _has_name(text[start:end], name):
            yield start, end


def _blocks(text: str) -> Iterator[tuple[str, str, str, int, int]]:
    """Yield kind, type, label, start and end of each resource and data block that ends as `terraform fmt` writes it."""
    for match in _BLOCK.finditer(text):
        end = _END.search(text, match.end())
        if end is not None:
            yield match["kind"], match["type"], match["label"], match.start(), end.end()


def _has_name(block: str, name: str) -> bool:
    """Return whether a block, or its metadata, has this literal name."""
    import hcl2
    from lark.exceptions import LarkError

    try:
        parsed = hcl2.loads(f"{block}\n")
    except (LarkError, RecursionError, ValueError):
        return False
    resources = parsed.get("resource")
    for by_type in resources if isinstance(resources, list) else ():
        for by_label in by_type.values():
            bodies = by_label.values() if isinstance(by_label, Mapping) else ()
            if any(isinstance(body, Mapping) and f'"{name}"' in _names(body) for body in bodies):
                return True
    return False


def _names(body: Mapping[str, object]) -> set[object]:
    metadata = body.get("metadata")
    inner = metadata[0] if isinstance(metadata, list) and metadata else metadata
    return {body.get("name"), inner.get("name") if isinstance(inner, Mapping) else None}
