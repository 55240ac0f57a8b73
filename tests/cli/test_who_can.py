"""``trustpath who-can`` as a shell sees it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.run import run
from trustpath.cli.kubernetes_requests import parse_request
from trustpath.engine.rbac.request import ResourceRequest, UrlRequest
from trustpath.errors import QuestionError

API = "rbac.authorization.k8s.io"
RULES = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]


def item(kind: str, name: str, namespace: str = "", **fields: Any) -> dict[str, Any]:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": f"{API}/v1", "kind": kind, "metadata": metadata, **fields}


def binding(kind: str, role: str, subject: dict[str, str], namespace: str = "", role_kind: str = "ClusterRole") -> Any:
    reference = {"apiGroup": API, "kind": role_kind, "name": role}
    return item(kind, f"to-{role}", namespace, roleRef=reference, subjects=[subject])


ADMIN = item("ClusterRole", "cluster-admin", rules=[{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}])
JANE = {"kind": "User", "apiGroup": API, "name": "jane"}
APP = {"kind": "ServiceAccount", "name": "app", "namespace": "ci"}
MASTERS = {"kind": "Group", "apiGroup": API, "name": "system:masters"}
ADMINS = item(
    "ClusterRoleBinding",
    "cluster-admin",
    roleRef={"apiGroup": API, "kind": "ClusterRole", "name": "cluster-admin"},
    subjects=[MASTERS],
)
CLUSTER = [
    ADMIN,
    ADMINS,
    item("ClusterRole", "reader", rules=RULES),
    binding("ClusterRoleBinding", "reader", JANE),
    item("Role", "local", "shop", rules=RULES),
    binding("RoleBinding", "local", APP, "shop", "Role"),
    binding("RoleBinding", "gone", JANE, "kube-system", "Role"),
]


def ask(tmp_path: Path, objects: list[Any], *words: str) -> tuple[int, dict[str, Any]]:
    path = tmp_path / "rbac.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    result = run("who-can", *words, "--from", str(path), "-o", "json")
    return result.code, json.loads(result.out)


def test_everybody_with_the_way_there(tmp_path: Path) -> None:
    code, answer = ask(tmp_path, CLUSTER, "get", "po", "-n", "shop")

    assert code == 0
    assert answer["missing"] == []
    assert [(holder["kind"], holder["namespace"], holder["name"]) for holder in answer["holders"]] == [
        ("Group", "", "system:masters"),
        ("User", "", "jane"),
        ("ServiceAccount", "ci", "app"),
    ]
    assert (answer["holders"][2]["binding"], answer["holders"][2]["role"]) == (
        "RoleBinding shop/to-local",
        "Role shop/local",
    )


def test_other_namespaces_and_all_of_them(tmp_path: Path) -> None:
    for words in (("-n", "other"), ("-A",)):
        code, answer = ask(tmp_path, CLUSTER, "get", "pods", *words)
        assert code == 0
        assert [holder["name"] for holder in answer["holders"]] == ["system:masters", "jane"]


def test_a_role_that_was_not_read_is_named(tmp_path: Path) -> None:
    objects = [ADMINS, item("ClusterRole", "reader", rules=RULES), binding("ClusterRoleBinding", "view", JANE)]
    code, answer = ask(tmp_path, objects, "get", "pods", "-A")

    assert code == 3
    assert [(missing["what"], missing["command"]) for missing in answer["missing"]] == [
        (
            "ClusterRole view, which ClusterRoleBinding to-view grants",
            "kubectl get clusterrole view -o yaml > view.yaml",
        )
    ]


def test_a_role_that_does_not_exist_grants_nothing(tmp_path: Path) -> None:
    code, answer = ask(tmp_path, [ADMIN, ADMINS, binding("ClusterRoleBinding", "gone", JANE)], "get", "pods", "-A")

    assert (code, answer["missing"]) == (0, [])
    assert [holder["name"] for holder in answer["holders"]] == ["system:masters"]


def test_bindings_that_were_not_read_are_named(tmp_path: Path) -> None:
    code, answer = ask(tmp_path, [item("Role", "local", "shop", rules=RULES)], "get", "pods", "-n", "shop")

    assert code == 3
    assert [missing["what"] for missing in answer["missing"]] == [
        "all ClusterRoleBindings",
        "the RoleBindings of namespace shop",
    ]


def test_one_cluster_role_binding_is_not_all_of_them(tmp_path: Path) -> None:
    _, answer = ask(tmp_path, [item for item in CLUSTER if item is not ADMINS], "get", "pods", "-A")

    assert [missing["what"] for missing in answer["missing"]] == ["all ClusterRoleBindings"]


def test_the_bindings_of_one_namespace_say_nothing_of_another(tmp_path: Path) -> None:
    code, answer = ask(tmp_path, CLUSTER[:-1], "get", "pods", "-n", "other")

    assert code == 3
    assert [missing["what"] for missing in answer["missing"]] == ["the RoleBindings of namespace other"]


def test_manifests_are_aggregated_and_stored_rules_are_not(tmp_path: Path) -> None:
    selector = {"clusterRoleSelectors": [{"matchLabels": {"to-view": "true"}}]}
    reader = item("ClusterRole", "reader", rules=RULES)
    reader["metadata"]["labels"] = {"to-view": "true"}
    grant = binding("ClusterRoleBinding", "view", JANE)
    for stored, expected in (
        (None, ["system:masters", "jane"]),
        ([{**RULES[0], "verbs": ["list"]}], ["system:masters"]),
    ):
        view = item("ClusterRole", "view", aggregationRule=selector, rules=stored)
        _, answer = ask(tmp_path, [ADMIN, reader, view, grant], "get", "pods", "-A")
        assert [holder["name"] for holder in answer["holders"]] == expected


def test_text(tmp_path: Path) -> None:
    path = tmp_path / "rbac.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": CLUSTER}))
    result = run("who-can", "get", "pods", "-n", "shop", "--from", str(path))

    assert result.out == (
        "who can get pods in namespace shop\n\n"
        "SUBJECT                BY\n"
        "Group system:masters   allowed before RBAC\n"
        "User jane              ClusterRoleBinding to-reader → ClusterRole reader, rule 1\n"
        "ServiceAccount ci:app  RoleBinding shop/to-local → Role shop/local, rule 1\n"
    )


@pytest.mark.parametrize(
    ("words", "request_"),
    [
        (("get", "deploy", "x"), ResourceRequest("get", "apps", "deployments", "", "a", "x")),
        (("get", "ingress", ""), ResourceRequest("get", "networking.k8s.io", "ingresses", "", "a")),
        (("get", "networkpolicy", ""), ResourceRequest("get", "networking.k8s.io", "networkpolicies", "", "a")),
        (("create", "pods/exec", ""), ResourceRequest("create", "", "pods", "exec", "a")),
        (("patch", "deployments.apps/scale", "x"), ResourceRequest("patch", "apps", "deployments", "scale", "a", "x")),
        (("get", "nodes", ""), ResourceRequest("get", "", "nodes", "", "")),
        (("get", "ns", "x"), ResourceRequest("get", "", "namespaces", "", "x", "x")),
        (("get", "widgets.example.com", ""), ResourceRequest("get", "example.com", "widgets", "", "a")),
        (("get", "pods.metrics.k8s.io", ""), ResourceRequest("get", "metrics.k8s.io", "pods", "", "a")),
        (("GET", "/metrics", ""), UrlRequest("get", "/metrics")),
    ],
)
def test_requests_are_read_as_kubectl_reads_them(words: tuple[str, str, str], request_: object) -> None:
    assert parse_request(*words, "a") == request_


def test_a_resource_that_only_discovery_knows() -> None:
    with pytest.raises(QuestionError, match="`widgets` is no resource that every cluster has"):
        parse_request("get", "widgets", "", "a")
    assert run("who-can", "get", "pods").code == 2
