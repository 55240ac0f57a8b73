"""The cases that other tools get wrong (kubernetes-rbac 7), the index of bindings, aggregation and who-can."""

import pytest

from trustpath.engine.rbac.aggregation import aggregate
from trustpath.engine.rbac.authorizer import Allowed, Authorizer, BindingKind, NoOpinion, RoleKey, RoleKind
from trustpath.engine.rbac.request import (
    Request,
    ResourceRequest,
    UrlRequest,
    User,
    service_account,
)
from trustpath.engine.rbac.who_can import who_can
from trustpath.model.kubernetes import LabelSelector, Metadata, SelectorRequirement
from trustpath.model.rbac import AggregationRule, Binding, PolicyRule, Role, RoleRef, Subject

DEVS = Subject("Group", "devs")
DEV = User("dev", ("devs",))


def role(name: str, *rules: PolicyRule, namespace: str | None = None, **labels: str) -> Role:
    return Role(Metadata(name, namespace=namespace, labels=labels or None), list(rules))


def rule(verbs: str, group: str, resources: str, *names: str) -> PolicyRule:
    return PolicyRule(verbs.split(), [group], resources.split(), list(names) or None)


def bound(name: str, *subjects: Subject, namespace: str | None = None, role_kind: str = "ClusterRole") -> Binding:
    return Binding(Metadata(f"to-{name}", namespace=namespace), RoleRef(role_kind, name), list(subjects))


def cluster_wide(*rules: PolicyRule) -> Authorizer:
    return Authorizer([("ClusterRole", role("r", *rules))], [("ClusterRoleBinding", bound("r", DEVS))])


def resource(verb: str, what: str, group: str = "", namespace: str = "a", name: str = "") -> ResourceRequest:
    plural, _, subresource = what.partition("/")
    return ResourceRequest(verb, group, plural, subresource, namespace, name)


@pytest.mark.parametrize(
    ("given", "asked", "allowed"),
    [
        (rule("patch", "apps", "*/scale"), resource("patch", "deployments/scale", "apps"), True),
        (rule("patch", "apps", "*/scale"), resource("patch", "deployments", "apps"), False),
        (rule("create", "", "pods/*"), resource("create", "pods/exec"), False),
        (rule("get", "", "pods"), resource("get", "pods/log"), False),
        (rule("get", "", "*"), resource("get", "pods/log"), True),
        (rule("list", "", "pods", "a"), resource("list", "pods", name="a"), True),
        (rule("list", "", "pods", "a"), resource("list", "pods"), False),
        (rule("create", "", "pods", "a"), resource("create", "pods"), False),
        (rule("get", "", "pods", "*"), resource("get", "pods", name="a"), False),
        (rule("get", "core", "pods"), resource("get", "pods"), False),
        (rule("get", "example.com", "secrets"), resource("get", "secrets"), False),
        (rule("get", "", "Pods"), resource("get", "pods"), False),
        (rule("*", "", "roles"), resource("escalate", "roles"), True),
        (PolicyRule(["get"], non_resource_urls=["/healthz/*"]), UrlRequest("get", "/healthz/etcd"), True),
        (PolicyRule(["get"], non_resource_urls=["/healthz/*"]), UrlRequest("get", "/healthz"), False),
        (PolicyRule(["get"], non_resource_urls=["*"]), UrlRequest("get", "/metrics"), True),
        (PolicyRule(["get"], non_resource_urls=["/a*b"]), UrlRequest("get", "/axb"), False),
        (PolicyRule(["*"], ["*"], ["*"]), UrlRequest("get", "/metrics"), False),
    ],
)
def test_rules(given: PolicyRule, asked: Request, allowed: bool) -> None:
    assert isinstance(cluster_wide(given).decide(DEV, asked), Allowed) is allowed


def test_a_role_binding_gives_rights_in_its_own_namespace_only() -> None:
    binding = bound("r", Subject("ServiceAccount", "app", "b"), namespace="a")
    authorizer = Authorizer(
        [("ClusterRole", role("r", rule("get list", "", "pods nodes")))], [("RoleBinding", binding)]
    )
    app = service_account("b", "app")

    assert isinstance(authorizer.decide(app, resource("get", "pods", namespace="a")), Allowed)
    assert isinstance(authorizer.decide(app, resource("get", "pods", namespace="b")), NoOpinion)
    # R13: neither all namespaces nor resources of the cluster.
    assert isinstance(authorizer.decide(app, resource("list", "pods", namespace="")), NoOpinion)
    assert isinstance(authorizer.decide(app, resource("get", "nodes", namespace="")), NoOpinion)


@pytest.mark.parametrize(
    ("kind", "namespace", "allowed"), [("RoleBinding", "a", True), ("ClusterRoleBinding", None, False)]
)
def test_a_service_account_without_a_namespace(kind: BindingKind, namespace: str | None, allowed: bool) -> None:
    binding = bound("r", Subject("ServiceAccount", "app"), namespace=namespace)
    authorizer = Authorizer([("ClusterRole", role("r", rule("get", "", "pods")))], [(kind, binding)])

    assert isinstance(authorizer.decide(service_account("a", "app"), resource("get", "pods")), Allowed) is allowed


def test_equal_names_in_two_namespaces_are_two_roles() -> None:
    roles: list[tuple[RoleKind, Role]] = [
        ("Role", role("r", rule("get", "", "pods"), namespace="a")),
        ("Role", role("r", rule("get", "", "secrets"), namespace="b")),
    ]
    bindings: list[tuple[BindingKind, Binding]] = [
        ("RoleBinding", bound("r", DEVS, namespace=namespace, role_kind="Role")) for namespace in ("a", "b")
    ]
    authorizer = Authorizer(roles, bindings)

    assert isinstance(authorizer.decide(DEV, resource("get", "pods", namespace="a")), Allowed)
    assert isinstance(authorizer.decide(DEV, resource("get", "secrets", namespace="a")), NoOpinion)
    assert isinstance(authorizer.decide(DEV, resource("get", "secrets", namespace="b")), Allowed)


def test_the_reason_names_the_first_subject_that_matches() -> None:
    binding = bound("r", Subject("User", "x"), Subject("ServiceAccount", "app"), namespace="a")
    authorizer = Authorizer([("ClusterRole", role("r", rule("get", "", "pods")))], [("RoleBinding", binding)])
    decision = authorizer.decide(service_account("a", "app"), resource("get", "pods"))

    assert isinstance(decision, Allowed)
    assert decision.reason == 'RBAC: allowed by RoleBinding "to-r/a" of ClusterRole "r" to ServiceAccount "app/a"'


def test_a_missing_role_is_named_and_one_that_was_not_read_is_unknown() -> None:
    bindings: list[tuple[BindingKind, Binding]] = [
        ("ClusterRoleBinding", bound("gone", DEVS)),
        ("ClusterRoleBinding", bound("unread", DEVS)),
    ]
    authorizer = Authorizer([], bindings, lambda key: key == RoleKey("ClusterRole", "", "unread"))
    decision = authorizer.decide(DEV, resource("get", "pods"))

    assert isinstance(decision, NoOpinion)
    assert decision.reason == 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found'
    assert [grant.role.name for grant in decision.unknown] == ["unread"]


def test_aggregation_follows_chains_and_drops_the_roles_own_rules() -> None:
    def aggregated(name: str, label: str, **labels: str) -> Role:
        selector = LabelSelector({f"to-{label}": "true"})
        return Role(Metadata(name, labels=labels or None), [rule("get", "", "own")], AggregationRule([selector]))

    pods, jobs = rule("get", "", "pods"), rule("get", "batch", "jobs")
    roles = {
        "admin": aggregated("admin", "admin"),
        "edit": aggregated("edit", "edit", **{"to-admin": "true"}),
        "b": role("b", pods, **{"to-edit": "true"}),
        "a": role("a", jobs, pods, **{"to-edit": "true"}),
    }

    rules = aggregate(roles)
    assert rules["admin"] == rules["edit"] == (jobs, pods)
    assert rules["b"] == (pods,)


@pytest.mark.parametrize(
    ("operator", "values", "selected"),
    [("In", ["x"], True), ("NotIn", ["x"], False), ("Exists", None, True), ("DoesNotExist", None, False)],
)
def test_selectors_by_expression(operator: str, values: list[str] | None, selected: bool) -> None:
    selector = LabelSelector(None, [SelectorRequirement("team", operator, values)])
    target = Role(Metadata("all"), None, AggregationRule([selector]))
    rules = aggregate({"all": target, "one": role("one", rule("get", "", "pods"), team="x")})

    assert bool(rules["all"]) is selected


def test_who_can_asks_each_binding_that_counts() -> None:
    roles: list[tuple[RoleKind, Role]] = [
        ("ClusterRole", role("reader", rule("get", "", "pods"))),
        ("Role", role("local", rule("get", "", "pods"), namespace="a")),
        ("ClusterRole", role("writer", rule("create", "", "pods"))),
    ]
    bindings: list[tuple[BindingKind, Binding]] = [
        ("RoleBinding", bound("local", DEVS, namespace="a", role_kind="Role")),
        ("ClusterRoleBinding", bound("reader", Subject("User", "jane"), DEVS)),
        ("ClusterRoleBinding", bound("writer", Subject("User", "jane"))),
        ("RoleBinding", bound("reader", Subject("User", "elsewhere"), namespace="b")),
        ("ClusterRoleBinding", bound("unread", Subject("User", "maybe"))),
        ("ClusterRoleBinding", bound("gone", Subject("User", "nobody"))),
    ]
    authorizer = Authorizer(roles, bindings, lambda key: key.name == "unread")

    allowed, unknown = who_can(authorizer, resource("get", "pods", namespace="a"))
    assert [(item.grant.subject.name, item.grant.role.name) for item in allowed] == [
        ("jane", "reader"),
        ("devs", "reader"),
        ("devs", "local"),
    ]
    assert [grant.subject.name for grant in unknown] == ["maybe"]
    everywhere, _ = who_can(authorizer, resource("get", "pods", namespace=""))
    assert [item.grant.subject.name for item in everywhere] == ["jane", "devs"]


def test_a_url_is_granted_by_bindings_of_the_cluster_only() -> None:
    metrics = PolicyRule(["get"], non_resource_urls=["/metrics"])
    bindings: list[tuple[BindingKind, Binding]] = [
        ("RoleBinding", bound("r", Subject("User", "local"), namespace="a")),
        ("ClusterRoleBinding", bound("r", DEVS)),
    ]
    authorizer = Authorizer([("ClusterRole", role("r", metrics))], bindings)

    assert [item.grant.subject for item in who_can(authorizer, UrlRequest("get", "/metrics"))[0]] == [DEVS]
