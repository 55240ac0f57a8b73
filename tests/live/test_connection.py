"""Kubeconfigs as kubectl reads them, and what goes wrong with them."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.live.cluster import FakeCluster, kubeconfig, serving, status
from trustpath.errors import LiveError
from trustpath.facts.live.connection import Options, connect, hints_of
from trustpath.facts.live.deadline import Deadline
from trustpath.facts.live.kubernetes_api import ApiError, KubernetesApi
from trustpath.model.client import CredentialPlugin, Kubeconfig
from trustpath.model.reads import KubernetesRead

PODS = KubernetesRead("Pod", "shop")


def plugin(folder: Path, version: str, body: str) -> dict[str, Any]:
    """Return a user whose token a program prints."""
    script = folder / "plugin.py"
    script.write_text(body, encoding="utf-8")
    return {"exec": {"apiVersion": f"client.authentication.k8s.io/{version}", "command": sys.executable,
                     "args": [str(script)], "interactiveMode": "Never"}}  # fmt: skip


@pytest.fixture(autouse=True)
def _no_own_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_an_exec_plugin_gives_the_token(version: str, tmp_path: Path) -> None:
    credential = {"kind": "ExecCredential", "apiVersion": f"client.authentication.k8s.io/{version}",
                  "status": {"token": "from-the-plugin"}}  # fmt: skip
    user = plugin(tmp_path, version, f"print({json.dumps(json.dumps(credential))})")
    with serving(FakeCluster([])) as cluster:
        connection = connect(Options(str(kubeconfig(tmp_path, cluster.url, user=user))), Deadline(20))
        KubernetesApi(connection, Deadline(10)).read(PODS)

    assert cluster.calls[0].headers["Authorization"] == "Bearer from-the-plugin"


def test_an_exec_plugin_that_fails_says_why(tmp_path: Path) -> None:
    body = "import sys; sys.exit('the SSO session has expired: run aws sso login')"
    file = kubeconfig(tmp_path, "http://127.0.0.1:1", user=plugin(tmp_path, "v1beta1", body))
    with pytest.raises(LiveError, match=r"the credential plugin .* gave no token: .*run aws sso login"):
        connect(Options(str(file)), Deadline(20))


def test_an_exec_plugin_that_waits_for_somebody_ends_with_the_deadline(tmp_path: Path) -> None:
    user = plugin(tmp_path, "v1beta1", "import time; time.sleep(8)")
    file = kubeconfig(tmp_path, "http://127.0.0.1:1", user=user)
    with pytest.raises(LiveError, match=r"no credentials within 0\.5 s"):
        connect(Options(str(file)), Deadline(0.5))


def test_acting_as_somebody_else(tmp_path: Path) -> None:
    seen = []
    with serving(FakeCluster([], refuse=lambda call: seen.append(call.headers))) as cluster:
        options = Options(str(kubeconfig(tmp_path, cluster.url)), "", "jane", ("dev", "ops"))
        KubernetesApi(connect(options, Deadline(10)), Deadline(10)).read(PODS)

    assert seen[0]["Impersonate-User"] == "jane"
    assert "ops" in seen[0]["Impersonate-Group"]
    with pytest.raises(LiveError, match="--as-group needs --as"):
        connect(Options(as_groups=("dev",)), Deadline(20))


def test_of_several_files_the_first_current_context_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        files.append(str(kubeconfig(tmp_path / name, f"http://{name}.test", name=name, namespace=f"ns-{name}")))
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join([str(tmp_path / "missing"), *files]))

    first = connect(Options(), Deadline(20))
    assert (first.context, first.server, first.namespace) == ("one", "http://one.test", "ns-one")
    other = connect(Options(context="two"), Deadline(20))
    assert (other.context, other.server, other.namespace) == ("two", "http://two.test", "ns-two")
    with pytest.raises(LiveError, match="no context three") as error:
        connect(Options(context="three"), Deadline(20))
    assert "one, two" in error.value.hint


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("a: [", "not YAML"),
        ("- a\n", "no kubeconfig"),
        ("contexts: {}\nclusters: 3\n", "`clusters` is no list"),
        ("apiVersion: v1\n", "no context is set"),
        ("current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n", "context x"),
    ],
)
def test_broken_files(content: str, problem: str, tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(LiveError) as error:
        connect(Options(str(file)), Deadline(20))
    assert problem in error.value.message


def test_without_any_kubeconfig() -> None:
    with pytest.raises(LiveError, match="no cluster to ask"):
        connect(Options(), Deadline(20))
    with pytest.raises(LiveError, match="no such file"):
        connect(Options("missing"), Deadline(20))


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (("arn:aws:eks:eu-west-1:111122223333:cluster/prod", "", ()), ("prod", "eu-west-1", "111122223333", "")),
        (("me@prod.eu-west-1.eksctl.io", "", ()), ("prod", "eu-west-1", "", "")),
        (("x", "https://ABC.gr7.us-west-2.eks.amazonaws.com", ()), ("", "us-west-2", "", "")),
        (("x", "", ("--region", "eu-north-1", "eks", "get-token", "--cluster-name", "stage", "--profile", "ops")),
         ("stage", "eu-north-1", "", "ops")),
        (("x", "", ("token", "-i", "legacy")), ("legacy", "", "", "")),
    ],
)  # fmt: skip
def test_what_a_kubeconfig_says_of_the_eks_cluster(
    config: tuple[str, str, tuple[str, ...]], expected: tuple[str, str, str, str]
) -> None:
    name, server, arguments = config
    found = CredentialPlugin("v1", "aws", arguments, {}) if arguments else None
    hints = hints_of(Kubeconfig(name, True, server, "", found, False, False, cluster=name))
    assert (hints.name, hints.region, hints.account, hints.profile) == expected


def test_the_servers_own_refusal_is_kept(tmp_path: Path) -> None:
    said = 'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "shop"'
    with serving(FakeCluster([], refuse=lambda call: (403, status(403, said)))) as cluster:
        api = KubernetesApi(connect(Options(str(kubeconfig(tmp_path, cluster.url))), Deadline(20)), Deadline(10))
        with pytest.raises(ApiError) as error:
            api.read(PODS)
    assert (error.value.kind, error.value.said) == ("denied", said)
    assert len(cluster.calls) == 1
