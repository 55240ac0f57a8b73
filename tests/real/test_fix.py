"""Fixes carried out by real tools: kubectl on a real kube-apiserver, the AWS CLI on moto. Asked again live: allowed."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from demo.live import ASK, account, seed, write_kubeconfig

from tests.cli.run import run
from tests.real.api_server import HERE, ApiServer, needs_api_server, running

AWS_CLI = "awscli==1.46.3"
ROOT = HERE.parent.parent
GROUP = "rbac.authorization.k8s.io"


def kubectl() -> str:
    built = HERE / "build" / "kubectl"
    return str(built) if built.is_file() else shutil.which("kubectl") or ""


def aws_command() -> list[str]:
    """Return how the AWS CLI is called: version 1 as PyPI has it, in an environment of its own."""
    uvx = ROOT / ".tools" / "bin" / "uvx"
    return [str(uvx), "--quiet", "--from", AWS_CLI, "aws"] if uvx.is_file() else []


pytestmark = [
    needs_api_server,
    pytest.mark.skipif(not kubectl(), reason="kubectl is neither built (`make real`) nor on the PATH"),
    pytest.mark.skipif(not aws_command(), reason="uv is not in .tools: `make test` puts it there"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ApiServer, Path]]:
    folder = tmp_path_factory.mktemp("fix")
    with running(folder) as found, account():
        seed(found)
        tools = folder / "bin"
        tools.mkdir()
        (tools / "kubectl").symlink_to(kubectl())
        script = tools / "aws"
        script.write_text("#!/bin/sh\nexec " + " ".join(aws_command()) + ' "$@"\n')
        script.chmod(0o755)
        yield found, folder


def shell(server: tuple[ApiServer, Path], text: str, stdin: str = "") -> None:
    """Run a command as a person would, with a kubeconfig and the credentials of moto's account."""
    kubeconfig = str(write_kubeconfig(*server))
    path = f"{server[1] / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "KUBECONFIG": kubeconfig, "AWS_DEFAULT_REGION": "us-east-1"}
    ran = subprocess.run(["sh", "-ec", text], input=stdin, capture_output=True, text=True, env=environment)
    assert ran.returncode == 0, f"{text}\n{ran.stderr}"


def ask(server: tuple[ApiServer, Path], *words: str) -> dict[str, Any]:
    found = run(*words, "-o", "json", "--kubeconfig", str(write_kubeconfig(*server)))
    assert found.code in (0, 1, 3), found.err
    return dict(json.loads(found.out))


def carry_out(server: tuple[ApiServer, Path], fix: dict[str, Any]) -> None:
    for tool in ("aws", "kubectl"):
        if tool in fix["commands"]:
            shell(server, fix["commands"][tool])


def test_a_trust_policy_is_mended_by_the_aws_cli(server: tuple[ApiServer, Path]) -> None:
    words = ASK[1:]
    before = ask(server, "fix", *words)
    assert before["causes"][0]["id"] == "trust-sub-service-account-mismatch"
    assert [fix["proof"]["outcome"] for fix in before["fixes"]] == ["allowed"] * len(before["fixes"])
    carry_out(server, before["fixes"][0])
    after = ask(server, "why", *words)
    assert after["outcome"] == "allowed", after["summary"]
    assert after["fixes"] == []


def a_role(name: str, *rules: tuple[str, str, str]) -> dict[str, Any]:
    made = [{"apiGroups": [group], "resources": [what], "verbs": [verb]} for verb, group, what in rules]
    return {"apiVersion": f"{GROUP}/v1", "kind": "Role", "metadata": {"name": name}, "rules": made}


def a_binding(name: str, role: str, account: str, namespace: str = "", kind: str = "Role") -> dict[str, Any]:
    subject = {"kind": "ServiceAccount", "name": account, **({"namespace": namespace} if namespace else {})}
    reference = {"apiGroup": GROUP, "kind": kind, "name": role}
    return {"apiVersion": f"{GROUP}/v1", "kind": "RoleBinding", "metadata": {"name": name}, "roleRef": reference,
            "subjects": [subject]}  # fmt: skip


CASES: dict[str, list[dict[str, Any]]] = {
    "verb": [a_role("reader", ("get", "", "pods")), a_binding("reader", "reader", "web", "{ns}")],
    "resource": [a_role("reader", ("list", "", "services")), a_binding("reader", "reader", "web", "{ns}")],
    "group": [a_role("reader", ("list", "apps", "pods")), a_binding("reader", "reader", "web", "{ns}")],
    "spelling": [a_role("reader", ("list", "", "pod")), a_binding("reader", "reader", "web", "{ns}")],
    "subject": [a_role("reader", ("list", "", "pods")), a_binding("reader", "reader", "wbe", "{ns}")],
    "subject-namespace": [a_role("reader", ("list", "", "pods")), a_binding("reader", "reader", "web", "elsewhere")],
    "role-missing": [a_binding("reader", "readers", "web", "{ns}")],
    "cluster-role": [a_binding("view", "view", "wbe", "{ns}", "ClusterRole")],
    "nothing": [],
}


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("name", sorted(CASES))
def test_every_fix_of_rbac_is_carried_out_by_kubectl(name: str, number: int, server: tuple[ApiServer, Path]) -> None:
    namespace = f"{name}-{number}"
    namespaced = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "web", "namespace": namespace}}
    objects: list[dict[str, Any]] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}},
        namespaced,
        *({**item, "metadata": {**item["metadata"], "namespace": namespace}} for item in CASES[name]),
    ]
    text = yaml.safe_dump_all(objects).replace("{ns}", namespace)
    shell(server, "kubectl apply -f -", text)
    words = (f"sa/{namespace}:web", "list", "pods", "-n", namespace)
    before = ask(server, "fix", *words)
    assert before["outcome"] == "denied"
    assert before["fixes"], before["summary"]
    if number >= len(before["fixes"]):
        pytest.skip(f"there are {len(before['fixes'])} fixes")
    fix = before["fixes"][number]
    assert fix["proof"]["outcome"] == "allowed"
    carry_out(server, fix)
    assert ask(server, "why", *words)["outcome"] == "allowed", fix["title"]
    user, groups = f"system:serviceaccount:{namespace}:web", ("system:authenticated",)
    attributes = {"resourceAttributes": {"verb": "list", "resource": "pods", "namespace": namespace}}
    end = time.monotonic() + 10  # the authorizer hears of a change a little later
    while not server[0].review(user, groups, attributes)["allowed"]:
        assert time.monotonic() < end, fix["title"]
        time.sleep(0.1)
