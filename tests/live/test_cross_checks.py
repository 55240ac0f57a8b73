"""--cross-check: IAM's simulator and CloudTrail beside the answer."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session
from botocore.stub import Stubber

from tests.cli.run import Result, run
from tests.live.account import DumpedAccount
from tests.live.cluster import FakeCluster, kubeconfig, serving
from tests.live.questions import objects_of
from tests.test_field_cases import FOLDER, question
from trustpath.facts.live.aws_api import AwsApi, AwsOptions, CallError
from trustpath.facts.live.deadline import Deadline
from trustpath.model.reads import AwsRead

NAME = "control-004-loki"
ROLE = "arn:aws:iam::111122223333:role/eks/monitoring/loki"
Answers = dict[str, Any]


def simulated(decision: str, *missing: str) -> Answers:
    result = {"EvalActionName": "s3:PutObject", "EvalDecision": decision, "MissingContextValues": list(missing)}
    return {"iam:SimulatePrincipalPolicy": {"EvaluationResults": [result]}}


def event(name: str, code: str = "") -> dict[str, Any]:
    detail = {"errorCode": code, "errorMessage": "An unknown error occurred"} if code else {}
    return {"EventName": name, "EventTime": "2026-03-02T09:00:00+00:00", "CloudTrailEvent": json.dumps(detail)}


def asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: Answers, *words: str
) -> tuple[Result, list[AwsRead]]:
    folder = FOLDER / NAME / "snapshot"
    account = DumpedAccount(folder)
    reads: list[AwsRead] = []

    def call(_: AwsApi, read: AwsRead, *, one_page: bool = False) -> bytes:
        found = answers.get(read.action)
        if isinstance(found, CallError):
            raise found
        if found is None:
            return account.call(read)
        reads.append(read)
        return json.dumps(found).encode()

    monkeypatch.setattr(AwsApi, "call", call)
    monkeypatch.setenv("HOME", str(tmp_path))
    with serving(FakeCluster(objects_of(folder), issuer=account.issuer)) as cluster:
        monkeypatch.setenv("KUBECONFIG", str(kubeconfig(tmp_path, cluster.url)))
        case = question(NAME)
        subject = ("why", f"pod/{case.name}", "-n", case.namespace, "--cluster-name", account.cluster_name)
        return run(*subject, case.action, case.resource, *words), reads


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (simulated("allowed"), "IAM's simulator says allowed, too"),
        (simulated("implicitDeny"), "DIFFERS"),
        (simulated("implicitDeny", "aws:SourceVpc"), "without values of aws:SourceVpc"),
        ({"iam:SimulatePrincipalPolicy": CallError("denied", "not authorized to simulate")}, "not authorized to sim"),
        ({"iam:SimulatePrincipalPolicy": {"EvaluationResults": []}}, "no cross-check by simulate"),
        ({"iam:SimulatePrincipalPolicy": {"EvaluationResults": 1}}, "something else than its answer"),
    ],
)
def test_the_simulator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Answers, says: str) -> None:
    result, reads = asked(tmp_path, monkeypatch, answer, "--cross-check", "simulate")

    assert result.code == 0, result.err
    assert says in " ".join((result.out + result.err).split())
    for read in reads:
        assert dict(read.parameters)["PolicySourceArn"] == ROLE
        assert dict(read.parameters)["ActionNames"] == question(NAME).action


@pytest.mark.parametrize(
    ("events", "says"),
    [
        ([event("GetRole"), event("AssumeRoleWithWebIdentity")], "CloudTrail says allowed, too"),
        ([event("AssumeRoleWithWebIdentity", "AccessDenied"), event("AssumeRole")], "CloudTrail says denied"),
        ([event("GetRole")], "no attempt to assume the role"),
    ],
)
def test_cloudtrail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, events: list[Any], says: str) -> None:
    answers = {"cloudtrail:LookupEvents": {"Events": events}}
    result, _ = asked(tmp_path, monkeypatch, answers, "--cross-check", "cloudtrail", "-o", "json")

    checks = json.loads(result.out)["checks"]
    told = [f"{item['who']} says {item['said']}" + (", too" if item["agrees"] else "") for item in checks]
    assert says in f"{told} {result.err}"


def test_nobody_is_asked_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, reads = asked(tmp_path, monkeypatch, simulated("allowed"))

    assert reads == []


def test_other_questions_have_no_role(tmp_path: Path) -> None:
    result = run("why", "pod/x", "--cross-check", "simulate", "--from", str(FOLDER / NAME / "snapshot"))

    assert result.code == 2
    assert "--cross-check reads what is there now" in result.err


def test_structures_go_to_the_service_as_the_aws_cli_takes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    client = Session().create_client("cloudtrail", region_name="eu-west-1")
    api = AwsApi(AwsOptions(region="eu-west-1"), Deadline(20))
    made: Callable[..., Any] = lambda *_: client  # noqa: E731
    monkeypatch.setattr(api, "_client", made)
    with Stubber(client) as stub:
        wanted = {"LookupAttributes": [{"AttributeKey": "ResourceName", "AttributeValue": ROLE}]}
        stub.add_response("lookup_events", {"Events": []}, wanted)
        attributes = f"AttributeKey=ResourceName,AttributeValue={ROLE}"
        answer = api.call(AwsRead("cloudtrail:LookupEvents", (("LookupAttributes", attributes),)), one_page=True)

    assert json.loads(answer) == {"Events": []}
