"""A healthy pod and a healthy request with one element taken away or changed: a proven fix is found."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.causes.pages import POD
from trustpath.errors import TrustpathError
from trustpath.facts.dumps import read_dumps
from trustpath.fixes.application import apply
from trustpath.fixes.plans import follow, plans, question_after
from trustpath.model.question import AskedRequest, KubernetesRequest, PodToAws, Question
from trustpath.paths import follow_question
from trustpath.paths.links import Walk, outcome

GROUP = "rbac.authorization.k8s.io"
LABELS = {"app": "checkout"}
TEMPLATE = {
    "metadata": {"labels": LABELS},
    "spec": {"serviceAccountName": "checkout", "containers": [{"name": "app", "image": "example/checkout:1.4.0"}]},
}
OWNERS: list[dict[str, Any]] = [
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "checkout", "namespace": "payments"},
        "spec": {"selector": {"matchLabels": LABELS}, "template": TEMPLATE},
    },
    {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": "checkout-5f7c9d",
            "namespace": "payments",
            "ownerReferences": [{"kind": "Deployment", "name": "checkout", "controller": True}],
        },
        "spec": {},
    },
]
HEALTHY: list[dict[str, Any]] = [*OWNERS, *(item for item in yaml.safe_load_all(POD) if item)]
FOR_PODS = PodToAws("Pod", "payments", "checkout-5f7c9d-x2x4z")
RBAC: list[dict[str, Any]] = [
    {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "payments"}},
    {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "checkout", "namespace": "payments"}},
    {"apiVersion": f"{GROUP}/v1", "kind": "ClusterRole", "metadata": {"name": "cluster-admin"}, "rules": []},
    {
        "apiVersion": f"{GROUP}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "cluster-admin"},
        "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": GROUP, "kind": "Group", "name": "system:masters"}],
    },
    {
        "apiVersion": f"{GROUP}/v1",
        "kind": "Role",
        "metadata": {"name": "reader", "namespace": "payments"},
        "rules": [{"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get", "list"]}],
    },
    {
        "apiVersion": f"{GROUP}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "reader", "namespace": "payments"},
        "roleRef": {"apiGroup": GROUP, "kind": "Role", "name": "reader"},
        "subjects": [{"kind": "ServiceAccount", "name": "checkout", "namespace": "payments"}],
    },
]
FOR_RBAC = KubernetesRequest(
    "system:serviceaccount:payments:checkout",
    ("system:serviceaccounts", "system:serviceaccounts:payments", "system:authenticated"),
    AskedRequest("get", "", "pods", "log", "payments", "web-0"),
)
Place = tuple[int, tuple[str | int, ...]]


def places(documents: list[dict[str, Any]]) -> list[Place]:
    def below(value: object, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, child in items:
            yield (*path, key)
            yield from below(child, (*path, key))

    return [(number, path) for number, document in enumerate(documents) for path in below(document, ())]


def broken(documents: list[dict[str, Any]], place: Place, how: str) -> list[dict[str, Any]]:
    """Return the documents without an element, or with another text in its place."""
    changed = copy.deepcopy(documents)
    number, path = place
    parent: Any = changed[number]
    for key in path[:-1]:
        parent = parent[key]
    value = parent[path[-1]]
    if how == "delete" or not isinstance(value, str):
        del parent[path[-1]]
    else:
        parent[path[-1]] = {"rename": f"{value}x", "case": value.swapcase(), "shorten": value[:-1]}[how]
    return changed


def walked(documents: list[dict[str, Any]], question: Question) -> Walk | None:
    with TemporaryDirectory() as folder:
        kubernetes = [item for item in documents if "kind" in item]
        others = [item for item in documents if "kind" not in item]
        everything = {"apiVersion": "v1", "kind": "List", "items": kubernetes}
        (Path(folder) / "all.json").write_text(json.dumps(everything))
        for number, document in enumerate(others):
            (Path(folder) / f"answer-{number}.json").write_text(json.dumps(document))
        try:
            return follow_question(read_dumps([folder])[0], question)
        except TrustpathError:
            return None


def is_mended(walk: Walk) -> bool:
    found = plans(walk)
    for plan in found:
        again = follow(apply(walk.snapshot, plan.changes), question_after(walk.question, plan.changes))
        assert outcome(again.results.values()) == plan.outcome
    return bool(found) and found[0].outcome == "allowed"


@given(place=st.sampled_from(places(HEALTHY)), how=st.sampled_from(["delete", "rename", "case", "shorten"]))
@settings(max_examples=150, deadline=None)
def test_a_broken_way_to_a_role_is_mended(place: Place, how: str) -> None:
    walk = walked(broken(HEALTHY, place, how), FOR_PODS)
    if walk is None or outcome(walk.results.values()) != "denied":
        return
    if any(result.says.startswith("IAM would refuse") for result in walk.results.values()):
        return  # what IAM does not store has no statement that could be mended
    assert is_mended(walk), {link: result.says for link, result in walk.results.items() if result.state == "broken"}


@given(place=st.sampled_from(places(RBAC)), how=st.sampled_from(["delete", "rename", "case", "shorten"]))
@settings(max_examples=150, deadline=None)
def test_a_broken_right_is_mended(place: Place, how: str) -> None:
    walk = walked(broken(RBAC, place, how), FOR_RBAC)
    if walk is None or outcome(walk.results.values()) != "denied":
        return
    assert is_mended(walk), {link: result.says for link, result in walk.results.items() if result.state == "broken"}


def test_both_are_healthy() -> None:
    for documents, question in ((HEALTHY, FOR_PODS), (RBAC, FOR_RBAC)):
        walk = walked(documents, question)
        assert walk is not None
        assert outcome(walk.results.values()) == "allowed", {k: v.says for k, v in walk.results.items()}
