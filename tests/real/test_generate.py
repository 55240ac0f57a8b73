"""What is written is applied to a real API server: the same work passes, and everything outside of it is refused."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.run import run
from tests.real.api_server import ApiServer, needs_api_server, running

pytestmark = needs_api_server
USER = "system:serviceaccount:team-a:worker"
GROUPS = ("system:serviceaccounts", "system:serviceaccounts:team-a", "system:authenticated")
RBAC = "rbac.authorization.k8s.io"
POLICY = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "Metadata"}]}
PROBES = 1000

MAP = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}}
SCRIPT: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/api/v1/namespaces/team-a/configmaps/settings", None),
    ("PUT", "/api/v1/namespaces/team-a/configmaps/settings", {**MAP, "metadata": {"name": "settings"}}),
    ("GET", "/api/v1/namespaces/team-a/pods", None),
    ("POST", "/api/v1/namespaces/team-a/configmaps", {**MAP, "metadata": {"generateName": "run-"}}),
    ("GET", "/api/v1/nodes", None),
    ("GET", "/api/v1/namespaces/shop/secrets/db", None),
    ("GET", "/apis/apps/v1/namespaces/shop/deployments", None),
    ("GET", "/apis/apps/v1/namespaces/shop/deployments/web/scale", None),
    ("GET", "/version", None),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ApiServer, Path]]:
    folder = tmp_path_factory.mktemp("generate")
    (folder / "policy.yaml").write_text(json.dumps(POLICY), encoding="utf-8")
    log = folder / "audit.log"
    flags = (f"--audit-policy-file={folder / 'policy.yaml'}", f"--audit-log-path={log}")
    with running(folder, *flags) as found:
        for name in ("team-a", "shop"):
            found.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        found.call("POST", "/api/v1/namespaces/team-a/configmaps", {**MAP, "metadata": {"name": "settings"}})
        yield found, log


def bind_everything(server: ApiServer) -> dict[str, Any]:
    binding = {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "worker-everything"},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": "worker", "namespace": "team-a"}],
    }
    assert server.create(binding)[0] == 201
    return binding


def apply(server: ApiServer, text: str) -> None:
    for item in yaml.safe_load_all(text):
        if item is None or item["kind"] == "Secret":
            continue
        status, answer = server.create(item)
        assert status == 201, answer


def work(server: ApiServer) -> list[int]:
    return [server.call(method, path, body, USER, GROUPS)[0] for method, path, body in SCRIPT]


def granted(text: str) -> set[tuple[str, str, str, str]]:
    return {
        (item["metadata"].get("namespace", ""), group, resource, verb)
        for item in yaml.safe_load_all(text)
        if item
        for rule in item.get("rules", [])
        for group in rule.get("apiGroups", [])
        for resource in rule.get("resources", [])
        for verb in rule["verbs"]
    }


def refused(server: ApiServer, rights: set[tuple[str, str, str, str]], user: str, groups: tuple[str, ...]) -> int:
    """Ask for a thousand things that the rights do not have. Return how many were asked."""
    chance = random.Random(11)  # noqa: S311  # the same probes each time
    resources = [("", "pods"), ("", "configmaps"), ("", "secrets"), ("", "nodes"), ("apps", "deployments")]
    resources += [
        ("batch", "jobs"),
        ("argoproj.io", "workflows"),
        ("argoproj.io", "workflowtaskresults"),
        (RBAC, "roles"),
    ]
    verbs = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "impersonate")
    asked = 0
    while asked < PROBES:
        group, resource = chance.choice(resources)
        verb, namespace = chance.choice(verbs), chance.choice(("team-a", "shop", "kube-system", ""))
        # A rule for a name, or one of the whole cluster, covers some of what it names.
        if {(namespace, group, resource, verb), ("", group, resource, verb)} & rights:
            continue
        asked += 1
        attributes = {"group": group, "resource": resource, "verb": verb, "namespace": namespace}
        answer = server.review(user, groups, {"resourceAttributes": attributes})
        assert not answer["allowed"], attributes
    return asked


def test_a_recorded_log_becomes_a_role_that_lets_the_same_work_pass(server: tuple[ApiServer, Path]) -> None:
    found, log = server
    everything = bind_everything(found)
    before = work(found)
    found.delete(everything)
    assert set(work(found)) == {403} | {200}  # /version is for everybody

    result = run("generate", "rbac", "sa/team-a:worker", "--audit-log", str(log))
    assert result.code == 0, result.err
    assert "*" not in result.out
    apply(found, result.out)

    assert work(found) == before
    assert refused(found, granted(result.out), USER, GROUPS) == PROBES
    # A name stays a name.
    assert found.call("GET", "/api/v1/namespaces/team-a/configmaps/other", None, USER, GROUPS)[0] == 403
    assert found.call("GET", "/api/v1/namespaces/shop/secrets/other", None, USER, GROUPS)[0] == 403


WORKFLOW = """apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {generateName: report-, namespace: team-a}
spec:
  entrypoint: main
  templates:
  - name: main
    container: {image: alpine}
  - name: make
    resource:
      action: create
      successCondition: status.succeeded > 0
      manifest: |
        apiVersion: batch/v1
        kind: Job
        metadata: {generateName: x-}
  - name: call
    http: {url: https://example.com}
"""


def test_a_workflow_gets_what_it_needs_and_no_more(server: tuple[ApiServer, Path], tmp_path: Path) -> None:
    found, _ = server
    file = tmp_path / "workflow.yaml"
    file.write_text(WORKFLOW, encoding="utf-8")
    result = run("generate", "rbac", "-f", str(file))
    assert result.code == 0, result.err
    apply(found, result.out)
    user, groups = "system:serviceaccount:team-a:report", GROUPS

    needed = [
        ("argoproj.io", "workflowtaskresults", "", "create"),
        ("argoproj.io", "workflowtaskresults", "", "patch"),
        ("batch", "jobs", "", "create"),
        ("batch", "jobs", "", "watch"),
        ("argoproj.io", "workflowtasksets", "", "list"),
        ("argoproj.io", "workflowtasksets", "status", "patch"),
    ]
    for group, resource, subresource, verb in needed:
        attributes = {
            "group": group,
            "resource": resource,
            "verb": verb,
            "namespace": "team-a",
            "subresource": subresource,
        }
        assert found.review(user, groups, {"resourceAttributes": attributes})["allowed"], attributes
    assert refused(found, granted(result.out), user, groups) == PROBES
