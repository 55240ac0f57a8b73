"""Who may do something in a cluster, from the facts of a snapshot."""

from collections.abc import Iterator
from shlex import quote

from trustpath.engine.rbac.aggregation import aggregate
from trustpath.engine.rbac.authorizer import Allowed, Authorizer, BindingKind, Grant, RoleKey, RoleKind
from trustpath.engine.rbac.request import MASTERS, Request, ResourceRequest
from trustpath.engine.rbac.who_can import who_can
from trustpath.model.answers import Located
from trustpath.model.fact import Absent, Denied, Known, NotCollected
from trustpath.model.kubernetes import Metadata
from trustpath.model.rbac import Binding, PolicyRule, Role
from trustpath.model.snapshot import Snapshot
from trustpath.model.who_can import SCHEMA_VERSION, AskedRequest, Holder, Missing, WhoCan

# Every cluster has it (web-rbac), also where a dump leaves it out.
_CLUSTER_ADMIN = Role(
    Metadata("cluster-admin"),
    [PolicyRule(["*"], ["*"], ["*"]), PolicyRule(["*"], non_resource_urls=["*"])],
)


def find_holders(snapshot: Snapshot, request: Request) -> WhoCan:
    """Return everybody whom RBAC lets do it, and what of it was not read."""
    facts = snapshot.kubernetes
    bindings: list[tuple[BindingKind, Located[Binding]]] = [
        *(("ClusterRoleBinding", item) for item in facts.all_of("ClusterRoleBinding")),
        *(("RoleBinding", item) for item in facts.all_of("RoleBinding")),
    ]
    roles: list[tuple[RoleKind, Role]] = [
        *(("ClusterRole", role) for role in _cluster_roles(snapshot)),
        *(("Role", item.value) for item in facts.all_of("Role")),
        ("ClusterRole", _CLUSTER_ADMIN),
    ]
    authorizer = Authorizer(
        roles,
        ((kind, _in_its_namespace(kind, item.value)) for kind, item in bindings),
        lambda key: _may_exist(snapshot, key),
    )
    allowed, unknown = who_can(authorizer, request)
    holders = (_masters(), *(_holder(item, bindings[item.grant.order][1]) for item in allowed))
    return WhoCan(SCHEMA_VERSION, _asked(request), holders, tuple(dict.fromkeys(_missing(snapshot, request, unknown))))


def _cluster_roles(snapshot: Snapshot) -> Iterator[Role]:
    """Yield the ClusterRoles as stored; where an aggregated one holds nothing yet, with what the controller puts in.

    Manifests are in that state (R32). In a cluster the stored rules decide, also while they lag (R30).
    """
    roles = {item.value.metadata.name: item.value for item in snapshot.kubernetes.all_of("ClusterRole")}
    empty = [name for name, role in roles.items() if role.aggregation_rule is not None and not role.rules]
    rules = aggregate(roles) if empty else {}
    for name, role in roles.items():
        yield Role(role.metadata, list(rules[name])) if name in empty else role


def _in_its_namespace(kind: BindingKind, binding: Binding) -> Binding:
    """Return the binding as the API server has it: a manifest without a namespace goes to `default`."""
    metadata = binding.metadata
    if kind == "ClusterRoleBinding" or metadata.namespace:
        return binding
    placed = Metadata(metadata.name, namespace="default")
    return Binding(placed, binding.role_ref, binding.subjects)


def _may_exist(snapshot: Snapshot, key: RoleKey) -> bool:
    if key.kind not in ("Role", "ClusterRole"):
        return False
    fact = snapshot.kubernetes.object(key.kind, key.namespace, key.name)
    if not isinstance(fact, Absent):
        return True
    # A dump that leaves cluster-admin out did not list the ClusterRoles of a cluster.
    partial = key.kind == "ClusterRole" and not isinstance(
        snapshot.kubernetes.object("ClusterRole", "", "cluster-admin"), Known
    )
    return fact.implied or partial


def _masters() -> Holder:
    """R10: allowed before RBAC, whatever the bindings say."""
    return Holder("Group", MASTERS, "", "", "", None, "")


def _holder(allowed: Allowed, located: Located[Binding]) -> Holder:
    grant = allowed.grant
    subject = grant.subject
    namespace = (subject.namespace or grant.namespace) if subject.kind == "ServiceAccount" else ""
    name = grant.binding.metadata.name
    binding = f"{grant.kind} {grant.namespace}/{name}" if grant.namespace else f"{grant.kind} {name}"
    return Holder(subject.kind, subject.name, namespace, binding, str(grant.role), allowed.rule, located.source.file)


def _asked(request: Request) -> AskedRequest:
    if isinstance(request, ResourceRequest):
        return AskedRequest(
            request.verb, request.group, request.resource, request.subresource, request.namespace, request.name
        )
    return AskedRequest(request.verb, path=request.path)


def _missing(snapshot: Snapshot, request: Request, unknown: tuple[Grant, ...]) -> Iterator[Missing]:
    facts = snapshot.kubernetes
    kinds = [facts.objects("ClusterRoleBinding")]
    if isinstance(request, ResourceRequest) and request.namespace:
        in_namespace = facts.objects_in("RoleBinding", request.namespace)
        # Every cluster has RoleBindings in kube-system: a dump with them listed all namespaces, so this one has none.
        everywhere = isinstance(facts.objects_in("RoleBinding", "kube-system"), Known)
        if not (isinstance(in_namespace, Absent) and everywhere):
            kinds.append(in_namespace)
    for fact in kinds:
        if isinstance(fact, NotCollected | Denied) or (isinstance(fact, Absent) and fact.implied):
            command = "kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o yaml > rbac.yaml"
            yield Missing(fact.what, command)
    for grant in unknown:
        role = grant.role
        where = f" -n {quote(role.namespace)}" if role.namespace else ""
        command = f"kubectl get {role.kind.lower()} {quote(role.name)}{where} -o yaml > {quote(role.name + '.yaml')}"
        yield Missing(f"{grant.role}, which {grant.kind} {grant.binding.metadata.name} grants", command)
