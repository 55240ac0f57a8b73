"""Secrets planted where people put them: none comes out, in any command, format or file."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.run import run
from tests.live.cluster import Answer, Call, FakeCluster, kubeconfig, serving, status

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlLW9mLWEtY2FuYXJ5LXRva2Vu"
CANARIES = (
    TOKEN,
    "canary-hunter2",
    "wJalrXUtnFEMIK7MDENGbPxRfiCYCANARYKEY",
    "AKIACANARY0000EXAMPL",
    "Y2FuYXJ5LWluLWEtc2VjcmV0",
    "bearer-of-the-kubeconfig",
)
ROLE = "arn:aws:iam::111122223333:role/leaky"


def objects() -> list[dict[str, Any]]:
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps({"password": "canary-hunter2"}),
                   "eks.amazonaws.com/role-arn": ROLE, "note": TOKEN}  # fmt: skip
    owner = [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "leaky-1", "uid": "1", "controller": True}]
    container = {
        "name": "app",
        "image": "app:1",
        "command": ["run", "--password=canary-hunter2"],
        "args": [f"--token={TOKEN}", "--secret", "wJalrXUtnFEMIK7MDENGbPxRfiCYCANARYKEY"],
        "env": [
            {"name": "DB_PASSWORD", "value": "canary-hunter2"},
            {"name": "AWS_SECRET_ACCESS_KEY", "value": "wJalrXUtnFEMIK7MDENGbPxRfiCYCANARYKEY"},
            {"name": "AWS_ACCESS_KEY_ID", "value": "AKIACANARY0000EXAMPL"},
            {"name": "AWS_ENDPOINT_URL_STS", "value": "https://me:canary-hunter2@sts.test"},
            {"name": "AWS_ROLE_SESSION_NAME", "value": TOKEN},
        ],
        "envFrom": [{"secretRef": {"name": "leaky"}}],
    }
    meta = {"name": "leaky", "namespace": "shop"}
    return [
        {"kind": "Pod", "apiVersion": "v1", "metadata": {**meta, "annotations": annotations, "ownerReferences": owner},
         "spec": {"serviceAccountName": "leaky", "containers": [container]}},
        {"kind": "ServiceAccount", "apiVersion": "v1", "metadata": {**meta, "annotations": annotations}},
        {"kind": "Secret", "apiVersion": "v1", "metadata": meta, "data": {"password": "Y2FuYXJ5LWluLWEtc2VjcmV0"}},
        {"kind": "ConfigMap", "apiVersion": "v1", "metadata": meta, "data": {"config": "canary-hunter2"}},
    ]  # fmt: skip


def refuse(call: Call) -> Answer | None:
    """Refuse one list in words that hold a secret, as proxies do."""
    assert "/secrets" not in call.path
    assert call.path.rpartition("/")[2] != "configmaps"
    if call.path.endswith("/rolebindings"):
        return 403, status(403, f"rolebindings is forbidden: token {TOKEN} of password=canary-hunter2")
    return None


COMMANDS = [
    ("why", "pod/leaky", "-n", "shop"),
    ("why", "pod/leaky", "-n", "shop", "-o", "json"),
    ("why", "sa/shop:leaky", "list", "pods", "-n", "shop"),
    ("who-can", "list", "pods", "-n", "shop", "-o", "json"),
    ("scan",),
    *(("scan", "-o", output) for output in ("json", "sarif", "junit", "markdown")),
    ("doctor", "-o", "json"),
    ("probe", "pod/leaky", "-n", "shop", "--dry-run"),
    ("probe", "pod/leaky", "-n", "shop", "--print", "--same-node"),
    ("snapshot", "save", "saved.trustpath"),
    ("snapshot", "save", "hidden.trustpath", "--redact"),
    ("snapshot", "show", "saved.trustpath", "-o", "json"),
    ("why", "pod/leaky", "-n", "shop", "--from", "saved.trustpath"),
    ("scan", "--from", "saved.trustpath", "-o", "json"),
]


def test_none_comes_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    user = {"token": "bearer-of-the-kubeconfig"}
    with serving(FakeCluster(objects(), refuse=refuse)) as cluster:
        monkeypatch.setenv("KUBECONFIG", str(kubeconfig(tmp_path, cluster.url, user=user)))
        for words in COMMANDS:
            found = run(*words)
            assert found.code in (0, 1, 3), (words, found.err)
            for canary in CANARIES:
                assert canary not in found.out + found.err, (words, canary)
    for name in ("saved.trustpath", "hidden.trustpath"):
        text = gzip.decompress((tmp_path / name).read_bytes()).decode()
        for canary in CANARIES:
            assert canary not in text, (name, canary)
        assert "leaky" in text or name == "hidden.trustpath"
