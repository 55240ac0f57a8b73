"""A running cluster and account give the answers that a dump of them gives, by few calls."""

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
from trustpath.facts.live.permissions import COMMANDS
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
