"""The roles and bindings of a snapshot, ready to decide, and what of them was not read."""

from collections.abc import Iterator
from shlex import quote

from trustpath.engine.labels import selects
from trustpath.engine.rbac.aggregation import aggregate
from trustpath.engine.rbac.authorizer import Authorizer, BindingKind, Grant, RoleKey, RoleKind
from trustpath.engine.rbac.request import Request, ResourceRequest
from trustpath.engine.rbac.rules import rule_allows
from trustpath.model.answers import Located
from trustpath.model.fact import Absent, Denied, Known
from trustpath.model.kubernetes import Metadata
from trustpath.model.rbac import Binding, PolicyRule, Role
from trustpath.model.snapshot import Snapshot
from trustpath.model.source import Source
from trustpath.model.trace import Need
from trustpath.paths.links import need

COLLECT = "kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o yaml > rbac.yaml"

# Every cluster has it and its binding (web-rbac), also where a dump leaves them out.
CLUSTER_ADMIN = "cluster-admin"
_CLUSTER_ADMIN = Role(
    Metadata(CLUSTER_ADMIN),
    [PolicyRule(["*"], ["*"], ["*"]), PolicyRule(["*"], non_resource_urls=["*"])],
)


class ClusterRbac:
    """The RBAC objects of one cluster.

    ``lists_bindings``: all ClusterRoleBindings are there: a reader listed them, or the dump holds the one that every
    cluster has.
    ``lists_roles``: the same for ClusterRoles.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        facts = snapshot.kubernetes
        for kind in ("ClusterRole", "ClusterRoleBinding"):
            facts.want(kind)
        self._bindings: list[tuple[BindingKind, Located[Binding]]] = [
            *(("ClusterRoleBinding", item) for item in facts.all_of("ClusterRoleBinding")),
            *(("RoleBinding", item) for item in facts.all_of("RoleBinding")),
        ]
        self._cluster_roles: dict[str, Located[Role]] = {
            item.value.metadata.name: item for item in facts.all_of("ClusterRole")
        }
        roles: list[tuple[RoleKind, Role]] = [
            *(("ClusterRole", role) for role in self._with_rules()),
            *(("Role", _in_its_namespace(item.value)) for item in facts.all_of("Role")),
            ("ClusterRole", _CLUSTER_ADMIN),
        ]
        whole = not snapshot.left_out
        seen = whole and facts.known("ClusterRoleBinding", "", CLUSTER_ADMIN) is not None
        # What a reader listed is all there is, whatever else could not be read: AWS without credentials, say.
        self.lists_bindings = seen or facts.was_listed("ClusterRoleBinding")
        self.lists_roles = (whole and CLUSTER_ADMIN in self._cluster_roles) or facts.was_listed("ClusterRole")
        self.authorizer = Authorizer(roles, map(_placed, self._bindings), self.may_exist)

    def _with_rules(self) -> Iterator[Role]:
        """Yield the ClusterRoles as stored; an aggregated one that holds nothing yet with what the controller adds.

        Manifests are in that state (R32). In a cluster the stored rules decide, also while they lag (R30), and also
        where they are none.
        """
        roles = {name: item.value for name, item in self._cluster_roles.items()}
        aggregated = [name for name, role in roles.items() if role.aggregation_rule is not None]
        empty = [name for name in aggregated if not roles[name].rules and not self._snapshot.is_live]
        rules = aggregate(roles) if empty else {}
        for name, role in roles.items():
            yield Role(role.metadata, list(rules[name]), role.aggregation_rule) if name in empty else role

    def waiting_for(self, key: RoleKey, request: Request) -> str:
        """Return a ClusterRole that an aggregated one would take a rule for the request from, empty for none (R30)."""
        role = self._cluster_roles.get(key.name)
        rule = role.value.aggregation_rule if role else None
        for selector in (rule.cluster_role_selectors or ()) if rule else ():
            for name, other in sorted(self._cluster_roles.items()):
                chosen = name != key.name and selects(selector, other.value.metadata.labels or {})
                if chosen and any(rule_allows(item, request) for item in other.value.rules or ()):
                    return name
        return ""

    def may_exist(self, key: RoleKey) -> bool:
        """Return whether a role that was not read may be there all the same."""
        if key.kind not in ("Role", "ClusterRole"):
            return False
        fact = self._snapshot.kubernetes.object(key.kind, key.namespace, key.name)
        if not isinstance(fact, Absent):
            return True
        if key.kind == "ClusterRole":
            return fact.implied or not self.lists_roles
        return fact.implied and not self._dumped_whole

    def binding(self, grant: Grant) -> Located[Binding]:
        """Return the binding of a grant with its place."""
        return self._bindings[grant.order][1]

    def role(self, key: RoleKey) -> Located[Role] | None:
        """Return a role with its place, None where it was not read."""
        if key.kind == "ClusterRole":
            return self._cluster_roles.get(key.name)
        fact = self._snapshot.kubernetes.object("Role", key.namespace, key.name) if key.kind == "Role" else None
        return fact.value if isinstance(fact, Known) else None

    def rule_source(self, grant: Grant, rule: int) -> Source | None:
        """Return the place of a rule, None where its role's rules are made up from other roles or built in."""
        role = self.role(grant.role)
        if role is None or rule >= len(role.value.rules or ()):
            return None
        return role.source.at("rules", rule)

    def unread(self, request: Request, grants: tuple[Grant, ...]) -> Iterator[Need]:
        """Yield what was not read and may allow: bindings, and the roles of grants."""
        facts = self._snapshot.kubernetes
        for pending in facts.pending("ClusterRoleBinding", ""):
            yield need(pending)
        for pending in facts.pending("RoleBinding", request.namespace if isinstance(request, ResourceRequest) else ""):
            yield need(pending)
        if not self.lists_bindings:
            refused = facts.objects("ClusterRoleBinding")
            yield need(refused) if isinstance(refused, Denied) else Need("all ClusterRoleBindings", COLLECT)
        if isinstance(request, ResourceRequest) and request.namespace:
            facts.want("Role", request.namespace)
            in_namespace = facts.objects_in("RoleBinding", request.namespace)
            # Every cluster has RoleBindings in kube-system and in kube-public: a dump with those of several namespaces
            # listed all of them.
            shown = {item.value.metadata.namespace or "default" for item in facts.all_of("RoleBinding")}
            everywhere = "kube-system" in shown and len(shown) > 1
            silent = isinstance(in_namespace, Absent) and (
                not in_namespace.implied or everywhere or (self._dumped_whole and shown != {"kube-system"})
            )
            if isinstance(in_namespace, Denied):
                yield need(in_namespace)
            elif not (isinstance(in_namespace, Known) or silent):
                yield Need(f"the RoleBindings of namespace {request.namespace}", COLLECT)
        for grant in grants:
            role = grant.role
            where = f" -n {quote(role.namespace)}" if role.namespace else ""
            command = (
                f"kubectl get {role.kind.lower()} {quote(role.name)}{where} -o yaml > {quote(role.name + '.yaml')}"
            )
            yield Need(f"{role}, which {grant.kind} {grant.binding.metadata.name} grants", command)

    @property
    def _dumped_whole(self) -> bool:
        """Return whether silence about RoleBindings means that there are none: the dump is one of a whole cluster.

        It holds the cluster's bindings and roles and its namespaces, and none of its files is left out.
        """
        return self.lists_bindings and self.lists_roles and bool(self._snapshot.kubernetes.all_of("Namespace"))


def _placed(item: tuple[BindingKind, Located[Binding]]) -> tuple[BindingKind, Binding]:
    """Return the binding as the API server has it: a manifest without a namespace goes to `default`."""
    kind, located = item
    binding = located.value
    if kind == "ClusterRoleBinding" or binding.metadata.namespace:
        return kind, binding
    return kind, Binding(Metadata(binding.metadata.name, namespace="default"), binding.role_ref, binding.subjects)


def _in_its_namespace(role: Role) -> Role:
    if role.metadata.namespace:
        return role
    return Role(Metadata(role.metadata.name, namespace="default"), role.rules, role.aggregation_rule)
