"""What access policies allow and leave out (eks-identity A14 to A19)."""

import pytest

from trustpath.engine.eks.access_policies import RULES, covers, judge
from trustpath.engine.rbac.request import ResourceRequest, UrlRequest
from trustpath.model.eks import AssociatedPolicy

PREFIX = "arn:aws:eks::aws:cluster-access-policy/"


def result(name: str, request: ResourceRequest | UrlRequest, *namespaces: str) -> str:
    return judge(AssociatedPolicy(PREFIX + name, namespaces or None), request).result


GAPS = [
    ResourceRequest("get", "example.com", "widgets", "", "a"),
    ResourceRequest("list", "", "nodes"),
    ResourceRequest("list", "", "persistentvolumes"),
    ResourceRequest("list", "storage.k8s.io", "storageclasses"),
    ResourceRequest("get", "coordination.k8s.io", "leases", "", "a"),
    ResourceRequest("list", "events.k8s.io", "events", "", "a"),
    ResourceRequest("list", "metrics.k8s.io", "pods", "", "a"),
    ResourceRequest("create", "", "pods", "eviction", "a", "x"),
    ResourceRequest("create", "", "serviceaccounts", "token", "a", "x"),
    ResourceRequest("patch", "", "pods", "ephemeralcontainers", "a", "x"),
    ResourceRequest("create", "", "namespaces"),
    ResourceRequest("create", "", "resourcequotas", "", "a"),
    ResourceRequest("list", "rbac.authorization.k8s.io", "clusterroles"),
    UrlRequest("get", "/metrics"),
]


@pytest.mark.parametrize("request_", GAPS)
@pytest.mark.parametrize("name", ["AmazonEKSAdminPolicy", "AmazonEKSEditPolicy", "AmazonEKSViewPolicy"])
def test_what_the_general_policies_leave_out(name: str, request_: ResourceRequest | UrlRequest) -> None:
    assert result(name, request_) == "rules"
    assert result("AmazonEKSClusterAdminPolicy", request_) == "allowed"


@pytest.mark.parametrize(
    ("name", "request_", "expected"),
    [
        ("AmazonEKSViewPolicy", ResourceRequest("list", "", "pods", "", "a"), "allowed"),
        ("AmazonEKSViewPolicy", ResourceRequest("get", "", "pods", "log", "a", "x"), "allowed"),
        ("AmazonEKSViewPolicy", ResourceRequest("get", "", "secrets", "", "a", "x"), "rules"),
        ("AmazonEKSEditPolicy", ResourceRequest("get", "", "secrets", "", "a", "x"), "allowed"),
        ("AmazonEKSEditPolicy", ResourceRequest("create", "", "pods", "exec", "a", "x"), "allowed"),
        ("AmazonEKSEditPolicy", ResourceRequest("create", "rbac.authorization.k8s.io", "roles", "", "a"), "rules"),
        ("AmazonEKSAdminPolicy", ResourceRequest("create", "rbac.authorization.k8s.io", "roles", "", "a"), "allowed"),
        ("AmazonEKSAdminViewPolicy", ResourceRequest("list", "", "secrets"), "allowed"),
        ("AmazonEKSAdminViewPolicy", ResourceRequest("list", "example.com", "widgets"), "allowed"),
        ("AmazonEKSAdminViewPolicy", UrlRequest("get", "/metrics"), "rules"),
        ("AmazonEKSSecretReaderPolicy", ResourceRequest("watch", "", "secrets", "", "a"), "allowed"),
        ("AmazonEKSFuturePolicy", ResourceRequest("list", "", "pods", "", "a"), "unknown"),
    ],
)
def test_rules(name: str, request_: ResourceRequest, expected: str) -> None:
    assert result(name, request_) == expected


@pytest.mark.parametrize(
    ("namespaces", "namespace", "covered"),
    [
        (("a",), "a", True),
        (("a",), "ab", False),
        (("dev-*",), "dev-1", True),
        (("dev-*",), "prod", False),
        (("*",), "x", True),
        ((), "a", False),
        (("a",), "", False),
        (("*",), "", False),
    ],
)
def test_scope(namespaces: tuple[str, ...], namespace: str, covered: bool) -> None:
    assert (
        covers(AssociatedPolicy(PREFIX + "X", namespaces), ResourceRequest("list", "", "pods", "", namespace))
        == covered
    )


def test_a_policy_of_iam_is_no_access_policy() -> None:
    policy = AssociatedPolicy("arn:aws:iam::aws:policy/AmazonEKSClusterAdminPolicy", None)

    assert judge(policy, ResourceRequest("list", "", "pods")).result == "unknown"


def test_the_wider_policies_hold_the_narrower() -> None:
    for narrow, wide in (("View", "Edit"), ("Edit", "Admin")):
        for rule in RULES[f"AmazonEKS{narrow}Policy"]:
            for verb in rule.verbs or ():
                for resource in rule.resources or ():
                    plural, _, sub = resource.partition("/")
                    asked = ResourceRequest(verb, (rule.api_groups or [""])[0], plural, sub, "a", "x")
                    assert result(f"AmazonEKS{wide}Policy", asked) == "allowed"
