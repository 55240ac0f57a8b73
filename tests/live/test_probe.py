"""Probes without an API server: the calls that only read, the pod's own container, and what is compared."""

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from tests.cli.run import run
from tests.live.cluster import FakeCluster, kubeconfig, serving
from tests.live.questions import objects_of
from tests.test_field_cases import FOLDER, question
from trustpath.facts.live.deadline import Deadline
from trustpath.facts.live.kubernetes_api import KubernetesApi
from trustpath.model.probe import Observed, Output
from trustpath.model.question import PodToAws
from trustpath.model.trace import Link, Trace
from trustpath.probe import running
from trustpath.probe.comparing import compare
from trustpath.probe.manifest import Wish, dry_call, manifest

NAME = "control-004-loki"
ASKED = question(NAME)
SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf"  # a name


@pytest.mark.parametrize(
    ("action", "resource", "words"),
    [
        ("s3:GetObject", "arn:aws:s3:::orders/2026/1.pdf", "s3api head-object --bucket orders --key 2026/1.pdf"),
        ("s3:ListBucket", "arn:aws:s3:::orders", "s3api list-objects-v2 --bucket orders --max-items 1"),
        ("secretsmanager:GetSecretValue", SECRET, f"secretsmanager get-secret-value --secret-id {SECRET} --query Name"),
        (
            "ssm:GetParameter",
            "arn:aws:ssm:eu-west-1:111122223333:parameter/db/host",
            "ssm get-parameter --name /db/host",
        ),
        ("ec2:DescribeInstances", "", "ec2 describe-instances --max-items 1"),
        ("s3:GetObject", "arn:aws:s3:::orders/*", ""),
        ("s3:GetObject", "", ""),
        ("s3:PutObject", "arn:aws:s3:::orders/1", ""),
        (
            "ssm:GetParameter",
            "arn:aws:ssm:eu-west-1:111122223333:parameter/dbhost",
            "ssm get-parameter --name dbhost --query Parameter.Name --region eu-west-1",
        ),
        ("sqs:GetQueueAttributes", "arn:aws:sqs:eu-west-1:111122223333:orders", ""),
        ("iam:DeleteRole", "arn:aws:iam::111122223333:role/x", ""),
        ("", "", ""),
    ],
)
def test_only_calls_that_read_are_tried(action: str, resource: str, words: str) -> None:
    found = " ".join(dry_call(action, resource))
    assert found.startswith(words) if words else found == ""


def test_the_pod_has_no_rights_on_its_node() -> None:
    pod = manifest(Wish("shop", "web", action="s3:ListBucket", resource="arn:aws:s3:::orders"))
    spec = pod["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC", "nodeName"} & spec.keys()
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert [container["name"] for container in spec["containers"]] == ["identity", "call"]
    for container in spec["containers"]:
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"] == "256Mi"


def fake_kubectl(folder: Path, out: str, error: str = "", code: int = 0) -> None:
    """Put a kubectl on the PATH that says what it is told to, and writes down how it was called."""
    script = folder / "kubectl"
    script.write_text(
        f"#!{sys.executable}\nimport json, sys\n"
        f"open({str(folder / 'calls')!r}, 'a').write(json.dumps(sys.argv[1:]) + '\\n')\n"
        f"sys.stdout.write({out!r}); sys.stderr.write({error!r}); sys.exit({code})\n",
        encoding="utf-8",
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)


def in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *more: str) -> tuple[int, str]:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with serving(FakeCluster(objects_of(FOLDER / NAME / "snapshot"))) as cluster:
        file = kubeconfig(tmp_path, cluster.url)
        words = ("probe", f"pod/{ASKED.name}", "-n", ASKED.namespace, "--exec", "--kubeconfig", str(file))
        found = run(*words, "--as", "jane; touch x", *more)
    assert "Traceback" not in found.err
    return found.code, found.out


def test_in_the_pods_own_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arn = "arn:aws:sts::111122223333:assumed-role/loki/botocore-session-1"
    fake_kubectl(tmp_path, json.dumps({"UserId": "x", "Account": "111122223333", "Arn": arn}))
    assert in_place(tmp_path, monkeypatch) == (2, "")
    assert not (tmp_path / "calls").exists()  # nobody said yes
    code, out = in_place(tmp_path, monkeypatch, "--yes")
    assert code == 0
    assert "the pod acts as role loki" in out
    called = json.loads((tmp_path / "calls").read_text().splitlines()[0])
    assert called[called.index("--") :] == ["--", "aws", "sts", "get-caller-identity", "--output", "json"]
    assert called[called.index("--as") + 1] == "jane; touch x"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ('exec: "aws": executable file not found in $PATH: unknown', "the container has no AWS CLI"),
        (
            'Error from server (Forbidden): pods "loki-0" is forbidden: cannot create pods/exec',
            "cannot create pods/exec",
        ),
    ],
)
def test_in_place_refused(error: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_kubectl(tmp_path, "", error, 1)
    code, out = in_place(tmp_path, monkeypatch, "--yes")
    assert code == 3
    assert told in " ".join(out.split())


def output(text: str, code: int) -> Output:
    return Output("aws", code, text)


@pytest.mark.parametrize(
    ("text", "code", "outcome", "agrees"),
    [
        ("12", 0, "allowed", True),
        ("An error occurred (403) when calling the HeadObject operation: Forbidden", 254, "denied", False),
        (
            "An error occurred (UnauthorizedOperation) when calling the DescribeInstances operation: no",
            254,
            "denied",
            False,
        ),
        ("An error occurred (404) when calling the HeadObject operation: Not Found", 254, "unknown", None),
        ('Could not connect to the endpoint URL: "https://s3.test/"', 255, "unknown", None),
    ],
)
def test_only_a_refusal_denies(text: str, code: int, outcome: str, agrees: bool | None) -> None:
    arn = "arn:aws:sts::111122223333:assumed-role/loki/botocore-session-1"
    identity = output(json.dumps({"Arn": arn}), 0)
    links = (Link("permissions", "the role may do it", "ok", "may"),)
    trace = Trace("v1", PodToAws("Pod", "shop", "web"), "allowed", "", links, (), ())
    observed = Observed("ran", outputs=(identity, output(text, code)))
    report = compare("pod shop/web", "probe", observed, trace, "loki", "")
    assert (report.outcome, report.links[1].agrees) == (outcome, agrees)


class Interrupted(KubernetesApi):
    """An API server of which a request to create is interrupted when the pod is made already."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str]] = []

    def with_more_time(self) -> "Interrupted":
        return self

    def request(self, method: str, path: str, query: dict[str, str] | None = None, body: object = None) -> bytes:
        self.requests.append((method, path))
        if method == "POST":
            raise KeyboardInterrupt
        return b"{}"


def test_a_pod_whose_creation_is_interrupted_is_deleted() -> None:
    api = Interrupted()
    pod = manifest(Wish("shop", "checkout"))
    with pytest.raises(KeyboardInterrupt):
        running.run(api, pod, Deadline(5), lambda text: None)
    assert [method for method, _ in api.requests] == ["POST", "DELETE"]
    assert pod["metadata"]["name"] in api.requests[1][1]


def test_a_call_that_is_not_tried_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with serving(FakeCluster(objects_of(FOLDER / NAME / "snapshot"))) as cluster:
        words = (
            "probe",
            f"pod/{ASKED.name}",
            "-n",
            ASKED.namespace,
            "--kubeconfig",
            str(kubeconfig(tmp_path, cluster.url)),
        )
        tried = run(*words, "s3:GetObject", "arn:aws:s3:::orders/1", "--dry-run")
        untried = run(*words, "s3:PutObject", "arn:aws:s3:::orders/1", "--dry-run")
    assert "only the identity is tried" not in tried.err
    assert "s3:PutObject has no call here that changes nothing: only the identity is tried" in untried.err
