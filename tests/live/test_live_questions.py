"""A running cluster and account give the answers that a dump of them gives, by few calls."""

import shutil
from pathlib import Path

import pytest

from tests.live.account import DumpedAccount
from tests.live.cluster import FakeCluster, kubeconfig, serving
from tests.live.questions import ask_live, objects_of
from tests.test_cluster_cases import CASES as CLUSTER_CASES
from tests.test_cluster_cases import FOLDER as CLUSTER_FOLDER
from tests.test_cluster_cases import question as cluster_question
from tests.test_field_cases import CASES, FOLDER, question
from trustpath.cli.kubernetes_requests import principal_of
from trustpath.facts.live.connection import Options, connect
from trustpath.facts.live.deadline import Deadline
from trustpath.facts.live.kubernetes_api import KubernetesApi
from trustpath.facts.live.permissions import COMMANDS, Needs
from trustpath.facts.live.reader import LiveReader

# Where the dump holds what is not asked of a cluster or an account, or does not hold what a cluster always has.
OTHERWISE = {
    # The log of another pod shows it; the cluster shows that the pod is older, too.
    "039-rke2-awscli": ("denied", "pod-older-than-binding"),
    # The profiles are in a file of the person who asks.
    "018-cluster-from-role": ("denied", "principal-not-mapped"),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_pods(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    asked = ask_live(FOLDER / name / "snapshot", question(name), tmp_path, case.get("symptom", ""))

    expected = ("allowed", "") if name.startswith("control-") else ("denied", case["root_cause"])
    found = (asked.trace.outcome, asked.trace.causes[0].id if asked.trace.causes else "")
    assert found == OTHERWISE.get(name, expected)
    assert len(asked.cluster.calls) <= 15
    # IAM gives the document of a managed policy in two calls; how many a role has is not ours to say.
    policies = [read for read in asked.account.asked if read.action in ("iam:GetPolicy", "iam:GetPolicyVersion")]
    assert asked.account.calls - len(policies) <= 15
    assert len(policies) == len(set(policies))


@pytest.mark.parametrize("name", sorted(CASES))
def test_logs_of_pods(name: str, tmp_path: Path) -> None:
    """Without a message the log tells what the manifests cannot; nobody reads it unasked."""
    case = CASES[name]
    with_logs = COMMANDS["why"] | Needs(logs=True)
    asked = ask_live(FOLDER / name / "snapshot", question(name), tmp_path, needs=with_logs)

    expected = ("allowed", "") if name.startswith("control-") else ("denied", case["root_cause"])
    found = (asked.trace.outcome, asked.trace.causes[0].id if asked.trace.causes else "")
    assert found == OTHERWISE.get(name, expected)
    if asked.cluster.logs:
        assert any(call.path.endswith("/log") for call in asked.cluster.calls)
    told = {item.file for item in asked.reader.answers.left_out}
    assert all(name.startswith("kubectl logs ") for name in told), "only a log that is not there may be missing"


def test_a_log_tells_what_no_manifest_shows(tmp_path: Path) -> None:
    """Which user the image runs as is in no manifest; the program says that it may not read its token."""
    name = "006-flux-source-controller"
    silent = ask_live(FOLDER / name / "snapshot", question(name), tmp_path)
    asked = ask_live(FOLDER / name / "snapshot", question(name), tmp_path, needs=COMMANDS["why"] | Needs(logs=True))

    assert not any(call.path.endswith("/log") for call in silent.cluster.calls)
    assert (silent.trace.outcome, asked.trace.outcome) == ("unknown", "denied")
    assert [(item.source.partition(" -n")[0], item.line) for item in asked.trace.logs] == [
        ("kubectl logs source-controller-kfln77lbhd-mrlgp", 1)
    ]
    assert "permission denied" in asked.trace.logs[0].excerpt


def test_the_log_before_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "facts"
    shutil.copytree(FOLDER / "006-flux-source-controller" / "snapshot", folder)
    (log,) = folder.rglob("*.log")
    log.rename(log.with_name(f"{log.stem}.previous.log"))
    for file in folder.rglob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("restartCount: 0", "restartCount: 3"), encoding="utf-8")
    question_ = question("006-flux-source-controller")

    asked = ask_live(folder, question_, tmp_path, needs=COMMANDS["why"] | Needs(logs=True))

    assert asked.trace.causes[0].id == CASES["006-flux-source-controller"]["root_cause"]
    assert any("previous" in call.query for call in asked.cluster.calls)


@pytest.mark.parametrize("name", sorted(CLUSTER_CASES))
def test_cluster(name: str, tmp_path: Path) -> None:
    case = CLUSTER_CASES[name]
    asked = ask_live(CLUSTER_FOLDER / name / "snapshot", cluster_question(name), tmp_path)

    cause = case["root_cause"]
    expected = ("allowed", "") if name.startswith("control-") else ("denied", cause)
    found = (asked.trace.outcome, asked.trace.causes[0].id if asked.trace.causes else "")
    assert found == OTHERWISE.get(name, expected)
    assert len(asked.cluster.calls) <= 15
    assert asked.account.calls <= 15


def test_the_evidence_is_named_by_the_command_that_prints_it(tmp_path: Path) -> None:
    name = "020-cluster-autoscaler-irsa-example"
    asked = ask_live(FOLDER / name / "snapshot", question(name), tmp_path)

    first = asked.trace.causes[0].evidence[0]
    assert first.source == "aws iam get-role --role-name cluster-autoscaler"
    assert first.path.startswith("/Role/AssumeRolePolicyDocument/Statement/0/Condition/StringEquals/")
    assert first.line == 0
    assert first.value.startswith("system:serviceaccount:kube-system:cluster-autoscaler")
    assert first.value[:20] in first.excerpt


def test_a_healthy_pod_takes_few_calls(tmp_path: Path) -> None:
    asked = ask_live(FOLDER / "control-004-loki" / "snapshot", question("control-004-loki"), tmp_path)

    assert asked.trace.outcome == "allowed"
    assert {"loki-0", "loki"} < {call.path.rpartition("/")[2] for call in asked.cluster.calls}
    assert len(asked.cluster.calls) <= 5
    assert asked.account.calls <= 15


def test_a_role_by_its_name_is_the_callers(tmp_path: Path) -> None:
    """Its account is the caller's, and its path is what IAM says."""
    name = "020-cluster-autoscaler-irsa-example"
    folder = FOLDER / name / "snapshot"
    account = DumpedAccount(folder)
    with serving(FakeCluster(objects_of(folder), issuer=account.issuer)) as cluster:
        deadline = Deadline(30)
        api = KubernetesApi(connect(Options(str(kubeconfig(tmp_path, cluster.url))), deadline), deadline)
        reader = LiveReader(api, account, deadline, COMMANDS["why"])
        arn = reader.answer(lambda snapshot, places: principal_of("role/cluster-autoscaler", snapshot))
        assert arn == "arn:aws:iam::111122223333:role/cluster-autoscaler"
        other = reader.answer(lambda snapshot, places: principal_of("role/not-there", snapshot))
        assert other == f"arn:aws:iam::{reader.answers.own_account}:role/not-there"
