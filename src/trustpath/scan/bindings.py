"""RBAC bindings that grant nothing, or to nobody: their role or a service account that they name is not there."""

from collections.abc import Iterator
from shlex import quote
from typing import Any

from trustpath.answer import DOCS, drawn
from trustpath.facts.positions import Places
from trustpath.model.answers import Located
from trustpath.model.fact import Absent, Fact
from trustpath.model.rbac import Binding
from trustpath.model.scan import Finding
from trustpath.model.snapshot import Snapshot
from trustpath.paths.links import Finding as Place
from trustpath.scan.scope import Scope, fingerprint

_ROLE_MISSING = "rbac-roleref-missing"
_ACCOUNT_MISSING = "serviceaccount-missing"
_OTHER_NAMESPACE = "rbac-subject-namespace-mismatch"
_KINDS = ("ClusterRoleBinding", "RoleBinding")
_STOCK = "kubernetes.io/bootstrapping"
"""Marks the bindings that every API server makes by itself, also for controllers that do not run."""


def dangling_bindings(snapshot: Snapshot, places: Places, scope: Scope) -> Iterator[Finding]:
    """Yield a warning for each. Whom a user or group stands for is nowhere written, so that they are passed over."""
    if scope.selector is not None:
        return
    for kind in _KINDS:
        for item in snapshot.kubernetes.all_of(kind):
            namespace = "" if kind == "ClusterRoleBinding" else item.value.metadata.namespace or "default"
            if _STOCK in (item.value.metadata.labels or {}):
                continue
            if scope.namespace in ("", namespace):
                yield from _of_binding(snapshot, places, kind, namespace, item)


def _of_binding(
    snapshot: Snapshot, places: Places, kind: str, namespace: str, item: Located[Binding]
) -> Iterator[Finding]:
    binding = item.value
    name = binding.metadata.name
    subject = f"{kind.lower()}/{name}" + (f" -n {namespace}" if namespace else "")
    reference = binding.role_ref
    role_namespace = namespace if reference.kind == "Role" else ""
    if reference.kind in ("Role", "ClusterRole") and _is_absent(
        snapshot.kubernetes.object(reference.kind, role_namespace, reference.name)
    ):
        place = Place(item.source.at("roleRef", "name"), reference.name, "no such role")
        yield Finding(
            _ROLE_MISSING,
            "warning",
            "certain",
            f"{kind} `{name}` grants {reference.kind} `{reference.name}`, which does not exist",
            subject,
            namespace,
            fingerprint(_ROLE_MISSING, subject),
            "A binding to a missing role grants nothing.",
            evidence=(drawn(place, places),),
            expected=f"an existing {reference.kind}",
            got=reference.name,
            help=(f"create the {reference.kind}, or delete the binding:", _delete(kind, name, namespace)),
            docs=f"{DOCS}{_ROLE_MISSING}",
        )
    for index, named in enumerate(binding.subjects or ()):
        if named.kind != "ServiceAccount":
            continue
        where = named.namespace or namespace
        if not where or not _is_absent(snapshot.kubernetes.service_account(where, named.name)):
            continue
        account = f"{where}/{named.name}"
        same = named.name != "default" and snapshot.kubernetes.known("ServiceAccount", namespace, named.name)
        identifier = _OTHER_NAMESPACE if same else _ACCOUNT_MISSING
        place = Place(item.source.at("subjects", index, "name"), named.name, "this binding is for nobody")
        yield Finding(
            identifier,
            "warning",
            "certain",
            f"{kind} `{name}` is for service account `{account}`, which does not exist"
            + (f"; `{namespace}/{named.name}` does" if same else ""),
            f"{subject} for {account}",
            namespace,
            fingerprint(identifier, f"{subject} for {account}"),
            "A binding for an account that is not there grants nothing, until somebody makes an account of that name.",
            evidence=(drawn(place, places),),
            expected=f"{namespace}/{named.name}" if same else "an existing service account",
            got=account,
            help=(f"create the account, or take it out of the binding: {_edit(kind, name, namespace)}",),
            docs=f"{DOCS}{identifier}",
        )


def _is_absent(fact: Fact[Any]) -> bool:
    """Return whether something is surely not there; silence of a dump does not show it."""
    return isinstance(fact, Absent) and not fact.implied


def _delete(kind: str, name: str, namespace: str) -> str:
    where = f" -n {quote(namespace)}" if namespace else ""
    return f"kubectl delete {kind.lower()} {quote(name)}{where}"


def _edit(kind: str, name: str, namespace: str) -> str:
    where = f" -n {quote(namespace)}" if namespace else ""
    return f"kubectl edit {kind.lower()} {quote(name)}{where}"
