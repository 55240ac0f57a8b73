"""Which binding lets a subject do what it asks for: the RBAC authorizer (R12 to R18, R28, R29).

Bindings are indexed by the subjects that they name, so that a request visits only those of its own user and
groups, and of these only the cluster's and its namespace's.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from trustpath.engine.go_strings import quote
from trustpath.engine.rbac.request import Request, ResourceRequest, User, account_username
from trustpath.engine.rbac.rules import CompiledRole, compile_rules
from trustpath.model.rbac import Binding, Role, Subject

RoleKind = Literal["Role", "ClusterRole"]
BindingKind = Literal["RoleBinding", "ClusterRoleBinding"]

_EVERYWHERE = ""  # no namespace is named so


class RoleKey(Struct, frozen=True):
    """Where a role is looked up; ``kind`` is the roleRef's, which may be none that exists (R17)."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class Grant(Struct, frozen=True):
    """One subject of one binding. ``order`` is the binding's place among all, ``position`` the subject's in it."""

    kind: BindingKind
    binding: Binding
    subject: Subject
    role: RoleKey
    order: int
    position: int

    @property
    def namespace(self) -> str:
        """Return where the binding grants, empty for everywhere (R16, R17)."""
        return "" if self.kind == "ClusterRoleBinding" else self.binding.metadata.namespace or ""

    def __str__(self) -> str:
        name = self.binding.metadata.name
        if self.namespace:
            name = f"{name}/{self.namespace}"
        reference = self.binding.role_ref
        described = f"{self.kind} {quote(name)} of {reference.kind} {quote(reference.name)}"
        subject = self.subject.name
        if self.subject.kind == "ServiceAccount":
            # R29: the name first, unlike everywhere else.
            subject = f"{subject}/{self.subject.namespace or self.namespace}"
        return f"{described} to {self.subject.kind} {quote(subject)}"


class Allowed(Struct, frozen=True):
    """The first binding whose role allows the request, and the number of the rule in the role."""

    grant: Grant
    rule: int

    @property
    def reason(self) -> str:
        """Return what the API server writes into the audit log (R29)."""
        return f"RBAC: allowed by {self.grant}"


class NoOpinion(Struct, frozen=True):
    """No binding allows: the next authorizer is asked, and without one the request is denied (R28).

    ``missing`` are grants of this subject whose role does not exist (R18), ``unknown`` those whose role was
    not read: one of these may allow.
    """

    missing: tuple[Grant, ...] = ()
    unknown: tuple[Grant, ...] = ()

    @property
    def reason(self) -> str:
        """Return what the API server adds to its Forbidden message, mostly nothing (R18)."""
        problems = list(dict.fromkeys(map(_lookup_error, self.missing)))
        if not problems:
            return ""
        problems = problems[:_MAX_PROBLEMS]
        return f"RBAC: {problems[0]}" if len(problems) == 1 else f"RBAC: [{', '.join(problems)}]"


_MAX_PROBLEMS = 1000


def _lookup_error(grant: Grant) -> str:
    role = grant.role
    if role.kind not in ("Role", "ClusterRole"):
        return f"unsupported role reference kind: {quote(role.kind)}"
    return f"{role.kind.lower()}.rbac.authorization.k8s.io {quote(role.name)} not found"


Decision = Allowed | NoOpinion


class Authorizer:
    """The roles and bindings of one cluster, indexed."""

    def __init__(
        self,
        roles: Iterable[tuple[RoleKind, Role]],
        bindings: Iterable[tuple[BindingKind, Binding]],
        may_exist: Callable[[RoleKey], bool] = lambda key: False,
    ) -> None:
        """Take the objects, and which roles that are not among them may exist all the same."""
        self._roles: dict[RoleKey, Role] = {}
        self._compiled: dict[RoleKey, CompiledRole] = {}
        self.may_exist = may_exist
        # Indexes: the namespace of the binding, then the role, the user or the group.
        self._by_role: dict[str, dict[RoleKey, list[Grant]]] = {}
        self._by_user: dict[str, dict[str, list[Grant]]] = {}
        self._by_group: dict[str, dict[str, list[Grant]]] = {}
        for kind, role in roles:
            namespace = role.metadata.namespace or "" if kind == "Role" else ""
            self._roles.setdefault(RoleKey(kind, namespace, role.metadata.name), role)
        for order, (binding_kind, binding) in enumerate(bindings):
            self._add(binding_kind, binding, order)

    def _add(self, kind: BindingKind, binding: Binding, order: int) -> None:
        namespace = "" if kind == "ClusterRoleBinding" else binding.metadata.namespace or ""
        reference = binding.role_ref
        role = RoleKey(reference.kind, "" if reference.kind == "ClusterRole" else namespace, reference.name)
        if kind == "RoleBinding" and not namespace:
            return  # R12: requests without a namespace do not read RoleBindings
        for position, subject in enumerate(binding.subjects or ()):
            grant = Grant(kind, binding, subject, role, order, position)
            self._by_role.setdefault(namespace, {}).setdefault(role, []).append(grant)
            match subject.kind:
                case "User":
                    self._by_user.setdefault(namespace, {}).setdefault(subject.name, []).append(grant)
                case "Group":
                    self._by_group.setdefault(namespace, {}).setdefault(subject.name, []).append(grant)
                case "ServiceAccount" if subject.namespace or namespace:
                    # R14, R15: a service account is the user of this name, however the binding says it.
                    user = account_username(subject.namespace or namespace, subject.name)
                    self._by_user.setdefault(namespace, {}).setdefault(user, []).append(grant)

    def grants_of(self, user: User, namespace: str) -> list[Grant]:
        """Return the grants that count for a user in a namespace, in the order of evaluation (R12)."""
        found = self.grants_in(user, _EVERYWHERE)
        return found + self.grants_in(user, namespace) if namespace else found

    def grants_in(self, user: User, namespace: str) -> list[Grant]:
        """Return the grants of a user by the RoleBindings of one namespace, or with none by the cluster's bindings."""
        users = self._by_user.get(namespace)
        groups = self._by_group.get(namespace)
        found = list(users.get(user.name, ())) if users else []
        if groups:
            for group in user.groups:
                found += groups.get(group, ())
        if len(found) < 2:
            return found
        found.sort(key=lambda grant: (grant.order, grant.position))
        # A binding counts once, by the first subject that matches.
        first: dict[int, Grant] = {}
        for grant in found:
            first.setdefault(grant.order, grant)
        return list(first.values())

    @property
    def user_names(self) -> frozenset[str]:
        """Return the users that any binding names."""
        return frozenset(name for users in self._by_user.values() for name in users)

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Return the namespaces that have RoleBindings."""
        return tuple(namespace for namespace in self._by_role if namespace)

    def grants_by_role(self, namespace: str) -> Mapping[RoleKey, Sequence[Grant]]:
        """Return the grants of a namespace's RoleBindings, or with no namespace the cluster's, by their role."""
        return self._by_role.get(namespace, {})

    def rules_of(self, key: RoleKey) -> CompiledRole | None:
        """Return the rules of a role as stored (R30), or None where it is not among the objects."""
        compiled = self._compiled.get(key)
        if compiled is None:
            role = self._roles.get(key)
            if role is None:
                return None
            compiled = self._compiled[key] = compile_rules(role.rules or ())
        return compiled

    def decide(self, user: User, request: Request) -> Decision:
        """Return the first grant that allows, or that there is none."""
        missing: list[Grant] = []
        unknown: list[Grant] = []
        namespace = request.namespace if isinstance(request, ResourceRequest) else ""
        for grant in self.grants_of(user, namespace):
            role = self.rules_of(grant.role)
            if role is None:
                (unknown if self.may_exist(grant.role) else missing).append(grant)
                continue
            rule = role.match(request)
            if rule is not None:
                return Allowed(grant, rule)
        return NoOpinion(tuple(missing), tuple(unknown))
