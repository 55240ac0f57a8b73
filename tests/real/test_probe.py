"""Probes on a real kube-apiserver with a kubelet of the tests' own: whatever happens, nothing is left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from demo.live import account, seed, write_kubeconfig

from tests.cli.run import Result, run
from tests.real import kubelet
from tests.real.api_server import ApiServer, needs_api_server, running
from tests.real.kubelet import Kubelet

pytestmark = needs_api_server

POD = "pod/checkout-6f9c4d7b8-m2x4z"
ROLE = "arn:aws:sts::123456789012:assumed-role/checkout/botocore-session-1"
NODE_ROLE = "arn:aws:sts::123456789012:assumed-role/node/i-0123456789abcdef0"
REFUSED = (
    "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: "
    "Not authorized to perform sts:AssumeRoleWithWebIdentity"
)
NO_CREDENTIALS = 'Unable to locate credentials. You can configure credentials by running "aws configure".'
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlLW9mLWEtY2FuYXJ5"  # a canary


def caller(arn: str) -> str:
    return json.dumps({"UserId": "AROA:x", "Account": "123456789012", "Arn": arn})


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ApiServer, Path, Kubelet]]:
    folder = tmp_path_factory.mktemp("probe")
    with running(folder) as server, account():
        seed(server)
        restricted = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
        assert server.patch("/api/v1/namespaces/payments", restricted)[0] == 200
        with kubelet.running(server, folder) as found:
            yield server, folder, found


@pytest.fixture
def node(started: tuple[ApiServer, Path, Kubelet]) -> Iterator[Kubelet]:
    found = started[2]
    found.mode = "run"
    found.logs.clear()
    found.codes.clear()
    found.seen.clear()
    yield found
    left = left_over(started[0])
    assert left == []


def left_over(server: ApiServer) -> list[str]:
    _, answer = server.call("GET", "/api/v1/pods?labelSelector=app.kubernetes.io/managed-by%3Dtrustpath-probe")
    return [pod["metadata"]["name"] for pod in answer["items"] if "deletionTimestamp" not in pod["metadata"]]


def probe(started: tuple[ApiServer, Path, Kubelet], *words: str, token: str = "") -> Result:
    file = write_kubeconfig(started[0], started[1], token)
    found = run("probe", *(words or (POD,)), "-n", "payments", "--kubeconfig", str(file), "--yes", "--wait", "6")
    assert "Traceback" not in found.err
    return found


def test_the_manifest_is_shown_and_nothing_created(started: tuple[ApiServer, Path, Kubelet], node: Kubelet) -> None:
    found = probe(started, POD, "--dry-run", "--same-node", "--pull-secret", "registry")
    assert found.code == 0
    pod = yaml.safe_load(found.out)
    assert pod["spec"]["serviceAccountName"] == "checkout"
    assert pod["spec"]["imagePullSecrets"] == [{"name": "registry"}]
    assert "ip-10-0-1-7.eu-west-1.compute.internal" in found.out
    printed = probe(started, POD, "--print").out
    assert "kubectl apply -f probe.yaml" in printed
    assert "# kubectl delete pod trustpath-probe-" in printed
    assert node.seen == []


def test_a_role_that_is_not_the_predicted_one_is_a_finding(
    started: tuple[ApiServer, Path, Kubelet], node: Kubelet
) -> None:
    """The trust policy names another account, and the pod gets the role all the same: the facts are not the whole."""
    node.logs = {"identity": caller(ROLE)}
    found = probe(started, POD, "-o", "json")
    report = json.loads(found.out)
    assert (report["outcome"], report["predicted"]) == ("allowed", "denied")
    assert [(link["link"], link["agrees"]) for link in report["links"]] == [("identity", False)]
    assert "a finding of its own" in report["summary"]
    assert node.seen[0]["spec"]["containers"][0]["args"] == ["sts", "get-caller-identity", "--output", "json"]


def test_the_nodes_role(started: tuple[ApiServer, Path, Kubelet], node: Kubelet) -> None:
    node.logs = {"identity": caller(NODE_ROLE)}
    found = probe(started)
    assert found.code == 1
    assert "the pod acts as role node" in " ".join(found.out.split())
    assert "agrees   identity" in found.out


@pytest.mark.parametrize(("text", "says"), [(REFUSED, "AssumeRoleWithWebIdentity"), (NO_CREDENTIALS, "credentials")])
def test_no_credentials(started: tuple[ApiServer, Path, Kubelet], node: Kubelet, text: str, says: str) -> None:
    node.logs = {"identity": f"\n{text}\nAuthorization: Bearer {TOKEN}\n{text}"}
    node.codes = {"identity": 254}
    found = probe(started)
    assert found.code == 1
    assert says in found.out
    assert TOKEN not in found.out + found.err
    assert "agrees   identity" in found.out


def test_the_asked_call(started: tuple[ApiServer, Path, Kubelet], node: Kubelet) -> None:
    denied = "An error occurred (403) when calling the HeadObject operation: Forbidden"
    node.logs = {"identity": caller(ROLE), "call": denied}
    node.codes = {"call": 254}
    found = probe(started, POD, "s3:GetObject", "arn:aws:s3:::orders/1")
    assert found.code == 1
    assert "aws s3api head-object --bucket orders --key 1 --query ContentLength" in found.out
    assert "Forbidden" in found.out


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("image", "the test pod's image could not be pulled: ErrImagePull: no basic auth credentials"),
        ("unschedulable", "the test pod found no node: Unschedulable: 0/3 nodes are available"),
        ("hang", "the test pod did not end in time"),
    ],
)
def test_pods_that_do_not_end(started: tuple[ApiServer, Path, Kubelet], node: Kubelet, mode: str, said: str) -> None:
    node.mode = mode
    found = probe(started)
    assert found.code == 3
    assert said in " ".join(found.out.split())


def test_a_quota_that_is_used_up(started: tuple[ApiServer, Path, Kubelet], node: Kubelet) -> None:
    server = started[0]
    path = "/api/v1/namespaces/payments/resourcequotas"
    body: dict[str, Any] = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "full"},
                            "spec": {"hard": {"pods": "0"}}}  # fmt: skip
    assert server.call("POST", path, body)[0] == 201
    try:
        status = {"status": {"hard": {"pods": "0"}, "used": {"pods": "0"}}}
        assert server.patch(f"{path}/full/status", status, "merge-patch")[0] == 200
        time.sleep(1)
        found = probe(started)
    finally:
        server.call("DELETE", f"{path}/full")
    assert found.code == 3
    assert "exceeded quota" in " ".join(found.out.split())
    assert node.seen == []


def test_without_the_rights_nothing_is_created(started: tuple[ApiServer, Path, Kubelet], node: Kubelet) -> None:
    found = probe(started, "sa/payments:checkout", token=started[0].reader)
    assert found.code == 2
    assert "you may not run a test pod: create pods in payments" in found.err
    assert node.seen == []


def start(started: tuple[ApiServer, Path, Kubelet]) -> subprocess.Popen[str]:
    file = write_kubeconfig(started[0], started[1])
    command = [sys.executable, "-m", "trustpath", "probe", POD, "-n", "payments", "--kubeconfig", str(file)]
    return subprocess.Popen([*command, "--yes"], env=dict(os.environ), stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(started: tuple[ApiServer, Path, Kubelet], node: Kubelet, number: int) -> None:
    node.mode = "hang"
    with start(started) as process:
        end = time.monotonic() + 30
        while not node.seen and time.monotonic() < end:
            time.sleep(0.1)
        assert node.seen
        time.sleep(0.5)
        process.send_signal(number)
        assert process.wait(60) == 130  # a busy machine takes its time


def test_killed_outright_and_cleaned(started: tuple[ApiServer, Path, Kubelet], node: Kubelet) -> None:
    node.mode = "hang"
    with start(started) as process:
        end = time.monotonic() + 30
        while not node.seen and time.monotonic() < end:
            time.sleep(0.1)
        process.kill()
        process.wait(20)
    assert len(left_over(started[0])) == 1
    found = probe(started, "--clean")
    assert found.out.startswith("deleted pod payments/trustpath-probe-")
