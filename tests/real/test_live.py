"""Live on a real kube-apiserver, with moto as AWS: the story, the least rights, and the server's own word."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from demo.live import ASK, ROLE, account, mend, seed, write_kubeconfig

from tests.cli.run import Result, run
from tests.real.api_server import ApiServer, needs_api_server, running
from trustpath.answer import answer
from trustpath.cli.facts import Live, connect_live
from trustpath.engine.iam.decision import decide
from trustpath.engine.iam.document import compile_policy
from trustpath.engine.iam.layers import Policies
from trustpath.engine.iam.session_request import Session, session_request
from trustpath.facts.live.permissions import COMMANDS, iam_policy
from trustpath.facts.positions import Places
from trustpath.model.arn import RoleArn
from trustpath.model.policy import parse_policy
from trustpath.model.question import AskedRequest, KubernetesRequest, PodToAws, Question
from trustpath.model.reads import AwsRead, permission_of
from trustpath.model.snapshot import Snapshot
from trustpath.model.trace import Trace
from trustpath.paths import follow_question
from trustpath.scan import Scan
from trustpath.scan.scope import Scope

pytestmark = needs_api_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ApiServer, Path]]:
    folder = tmp_path_factory.mktemp("live")
    with running(folder) as found, account():
        seed(found)
        yield found, folder


def ask(server: tuple[ApiServer, Path], *words: str, token: str = "") -> Result:
    found = run(*words, "--kubeconfig", str(write_kubeconfig(*server, token=token)))
    assert "Traceback" not in found.err
    return found


def test_the_story(server: tuple[ApiServer, Path]) -> None:
    before = ask(server, *ASK, "-o", "json")
    assert before.code == 1
    assert json.loads(before.out)["causes"][0]["id"] == "trust-sub-service-account-mismatch"

    mend(before.out)

    after = ask(server, *ASK)
    assert after.code == 0, after.out
    assert after.out.startswith("allowed  pod payments/checkout-6f9c4d7b8-m2x4z may s3:GetObject")


def grant(server: ApiServer, command: str) -> str:
    """Apply the printed ClusterRole for the user ``reader`` alone and return its name."""
    role = yaml.safe_load(run("permissions", command, "--kubernetes").out)
    name = role["metadata"]["name"]
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "reader"}],
    }
    for item in (role, binding):
        status, answer = server.create(item)
        assert status in (201, 409), answer
    return str(name)


def revoke(server: ApiServer, name: str) -> None:
    for kind in ("ClusterRoleBinding", "ClusterRole"):
        version = "rbac.authorization.k8s.io/v1"
        server.delete({"apiVersion": version, "kind": kind, "metadata": {"name": name}})


def asking(question: Question) -> Callable[[Snapshot, Places], Trace]:
    return lambda snapshot, places: answer(follow_question(snapshot, question), places)


@pytest.mark.parametrize("command", ["why", "scan"])
def test_the_printed_rights_are_enough(server: tuple[ApiServer, Path], command: str) -> None:
    found, folder = server
    name = grant(found, command)
    try:
        kubeconfig = write_kubeconfig(found, folder, token=found.reader)
        reader = connect_live(command, Live(kubeconfig=str(kubeconfig))).reader
        if command == "scan":
            assert reader.answer(Scan(Scope()).ask).counts.asked >= 1
        else:
            assert ask(server, *ASK, token=found.reader).code in (0, 1)
            words = ("why", "sa/payments:checkout", "list", "pods", "-n", "payments")
            assert ask(server, *words, token=found.reader).code == 1
            pod = PodToAws("Pod", "payments", "checkout-6f9c4d7b8-m2x4z", action="s3:GetObject")
            request = KubernetesRequest("jane", (), AskedRequest("list", resource="pods", namespace="payments"))
            for question in (pod, request):
                reader.answer(asking(question))
        statuses = {result.status for result in reader.answers.reads.values()}
        assert "read" in statuses
        assert "denied" not in statuses
    finally:
        revoke(found, name)


def test_without_rights_everything_is_refused_and_said(server: tuple[ApiServer, Path]) -> None:
    found = ask(server, *ASK, token=server[0].reader)
    assert found.code == 3
    assert "refused: get pods in payments" in found.out
    everything = ask(server, "scan", token=server[0].reader)
    assert everything.code == 3
    assert "what there is of this was refused" in everything.out
    assert "list pods" in everything.out
    assert "list rolebindings" in everything.out
    assert len(everything.out.splitlines()) < 30


def test_doctor(server: tuple[ApiServer, Path]) -> None:
    assert ask(server, "doctor", "why").code == 3  # no EKS cluster is known
    found = ask(server, "doctor", "why", "-o", "json", token=server[0].reader)
    assert found.code == 1
    checks = {check["name"]: check for check in json.loads(found.out)["checks"]}
    assert checks["can reach the API server"]["state"] == "ok"
    assert checks["is known to the API server"]["said"] == "reader"
    assert checks["can list rolebindings"]["state"] == "no"
    assert checks["can iam:GetRole"]["state"] == "ok"


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        (("sa/payments:checkout", "list", "pods", "-n", "payments"), "denied"),
        (("user/admin", "--group", "system:masters", "delete", "nodes"), "allowed"),
        (("user/jane", "--group", "system:authenticated", "create", "selfsubjectaccessreviews.authorization.k8s.io"),
         "allowed"),
    ],
)  # fmt: skip
def test_the_servers_own_word_is_shown(server: tuple[ApiServer, Path], words: tuple[str, ...], outcome: str) -> None:
    trace = json.loads(ask(server, "why", *words, "-o", "json").out)
    assert trace["outcome"] == outcome
    assert [(check["said"], check["agrees"]) for check in trace["checks"]] == [(outcome, True)]
    assert f"the API server itself says {outcome}, too" in ask(server, "why", *words).out


def test_a_snapshot_of_it_says_the_same(server: tuple[ApiServer, Path], tmp_path: Path) -> None:
    file = tmp_path / "cluster.trustpath"
    assert ask(server, "snapshot", "save", str(file)).code in (0, 3)
    live = json.loads(ask(server, "scan", "-o", "json").out)
    saved = json.loads(run("scan", "--from", str(file), "-o", "json").out)
    assert live["counts"] == saved["counts"]
    assert live["findings"] == saved["findings"]


def recorded(command: str, server: tuple[ApiServer, Path]) -> set[str]:
    """Return the calls to AWS that a command made."""
    kubeconfig = write_kubeconfig(*server)
    reader = connect_live(command, Live(kubeconfig=str(kubeconfig))).reader
    reader.answer(Scan(Scope()).ask)
    return {read.action for read in reader.answers.reads if isinstance(read, AwsRead)}


def test_the_printed_iam_policy_allows_every_call(server: tuple[ApiServer, Path]) -> None:
    document: Any = parse_policy(json.dumps(iam_policy(COMMANDS["scan"])))
    role = RoleArn.parse("arn:aws:iam::123456789012:role/reader")
    assert role is not None
    policies = Policies(identity=(compile_policy("printed", document),))
    calls = recorded("scan", server)
    assert "iam:GetAccountAuthorizationDetails" in calls
    for call in sorted(calls):
        action = permission_of(call)
        if action:
            request = session_request(Session(role, "web-identity"), action, "*", "123456789012")
            assert decide(request, policies).result == "allowed", action


def test_whoami_of_the_caller(server: tuple[ApiServer, Path]) -> None:
    found = ask(server, "whoami", "--role-arn", ROLE, "-o", "json")
    assert found.code == 3  # no EKS cluster is known, so that nobody can say
    told = json.loads(found.out)
    assert told["outcome"] == "unknown"
    assert told["principal"].endswith(":role/checkout")
