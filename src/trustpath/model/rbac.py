"""RBAC objects as the API server stores them. What is not named here is skipped while decoding."""

from typing import Any

from msgspec import Struct, field

from trustpath.model.kubernetes import LabelSelector, Metadata


class PolicyRule(Struct, frozen=True, rename="camel", omit_defaults=True):
    """One rule of a role: verbs on resources of API groups, or verbs on URLs (R20)."""

    verbs: list[str] | None = None
    api_groups: list[str] | None = None
    resources: list[str] | None = None
    resource_names: list[str] | None = None
    non_resource_urls: list[str] | None = field(default=None, name="nonResourceURLs")


class Subject(Struct, frozen=True, rename="camel", omit_defaults=True):
    """Whom a binding names. The namespace counts for service accounts only (R14)."""

    kind: str = ""
    name: str = ""
    namespace: str | None = None
    api_group: str | None = None


class RoleRef(Struct, frozen=True, rename="camel", omit_defaults=True):
    """The role that a binding grants."""

    kind: str = ""
    name: str = ""
    api_group: str | None = None


class AggregationRule(Struct, frozen=True, rename="camel", omit_defaults=True):
    """Which ClusterRoles a controller copies into this one (R31)."""

    cluster_role_selectors: list[LabelSelector] | None = None


class Role(Struct, frozen=True, rename="camel", omit_defaults=True):
    """A Role, or a ClusterRole: that one has no namespace."""

    metadata: Metadata
    rules: list[PolicyRule] | None = None
    aggregation_rule: AggregationRule | None = None


class Binding(Struct, frozen=True, rename="camel", omit_defaults=True):
    """A RoleBinding, or a ClusterRoleBinding: that one has no namespace."""

    metadata: Metadata
    role_ref: RoleRef = RoleRef()
    subjects: list[Subject] | None = None


KINDS: dict[str, type[Any]] = {
    "ClusterRole": Role,
    "ClusterRoleBinding": Binding,
    "Role": Role,
    "RoleBinding": Binding,
}
"""The kinds that are decoded, by name."""
