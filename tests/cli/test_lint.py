"""``trustpath lint`` as a shell sees it."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema
import pytest

from tests.cli.run import run

SCHEMA = json.loads((Path(__file__).parent.parent / "render" / "sarif-schema-2.1.0.json").read_text())
TRUST = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE"},
      "Action": "sts:AssumeRoleWithWebIdendity",
      "Condition": {"StringEquals": {
        "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE:sub": "system:serviceaccount:shop:api"
      }}
    }
  ]
}
"""
GOOD: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}],
}


@pytest.fixture
def trust(tmp_path: Path) -> str:
    path = tmp_path / "trust.json"
    path.write_text(TRUST)
    return str(path)


def test_text_shows_the_place(trust: str) -> None:
    result = run("lint", trust)

    assert result.code == 1
    assert result.err == ""
    assert "error[INVALID_ACTION]: The action sts:AssumeRoleWithWebIdendity does not exist." in result.out
    assert "Did you mean sts:AssumeRoleWithWebIdentity?" in result.out.replace("\n    ", " ")
    assert f"--> {trust}:7:17" in result.out
    assert "AssumeRole policy may only specify STS AssumeRole actions." in result.out
    assert result.out.endswith("1 policy: 2 errors, IAM would refuse 1\n")


def test_nothing_to_say() -> None:
    result = run("lint", "-", stdin=json.dumps(GOOD).encode())

    assert (result.code, result.out) == (0, "1 policy: no findings\n")


def test_json(trust: str) -> None:
    report = json.loads(run("lint", trust, "-o", "json").out)

    assert report["schemaVersion"] == "trustpath.dev/lint/v1"
    document = report["documents"][0]
    assert (document["kind"], document["iamSave"]) == ("trust", "rejected")
    assert document["findings"][1] == {
        "code": "INVALID_ACTION",
        "severity": "error",
        "message": "The action sts:AssumeRoleWithWebIdendity does not exist. "
        "Did you mean sts:AssumeRoleWithWebIdentity?",
        "source": "access-analyzer",
        "file": trust,
        "path": "/Statement/0/Action",
        "line": 7,
        "column": 17,
        "length": 31,
        "excerpt": '      "Action": "sts:AssumeRoleWithWebIdendity",',
    }


@pytest.mark.parametrize("text", [TRUST, "{", json.dumps(GOOD), json.dumps({"PolicyDocument": json.dumps(GOOD)})])
def test_sarif_is_valid(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a b#.json"
    path.write_text(text)
    log = json.loads(run("lint", str(path), "-o", "sarif").out)

    jsonschema.Draft4Validator(SCHEMA).validate(log)
    for item in log["runs"][0]["results"]:
        rule = log["runs"][0]["tool"]["driver"]["rules"][item["ruleIndex"]]
        assert rule["id"] == item["ruleId"]
        uri = item["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert uri.endswith("/a%20b%23.json")


def test_answers_of_the_aws_cli_are_taken_apart(tmp_path: Path) -> None:
    role = {"Role": {"RoleName": "x", "AssumeRolePolicyDocument": json.loads(TRUST)}}
    inline = {"RoleName": "x", "PolicyName": "y", "PolicyDocument": {**GOOD, "Extra": 1}}
    bucket = {"Policy": json.dumps({**GOOD, "Version": "2012-10-18"})}
    for name, value in (("role", role), ("inline", inline), ("bucket", bucket)):
        (tmp_path / name).write_text(json.dumps(value, indent=2))
    report = json.loads(run("lint", *(str(tmp_path / name) for name in ("role", "inline", "bucket")), "-o", "json").out)
    found = {item["kind"]: item for item in report["documents"]}

    assert found["trust"]["path"] == "/Role/AssumeRolePolicyDocument"
    assert [item["line"] for item in found["trust"]["findings"] if item["code"] == "INVALID_ACTION"] == [12]
    assert {item["code"] for item in found["identity"]["findings"]} == {"IAM_REFUSES", "INVALID_POLICY_ELEMENT"}
    # A document that stands as a text has no lines of its own.
    places = {(item["path"], item["line"]) for item in found["resource"]["findings"]}
    assert ("/Policy/Version", 2) in places


def test_the_kind_can_be_named() -> None:
    scp = {**GOOD, "Statement": [{**GOOD["Statement"][0], "Principal": "*"}]}
    result = run("lint", "-", "--type", "scp", "-o", "json", stdin=json.dumps(scp).encode())

    codes = {item["code"] for item in json.loads(result.out)["documents"][0]["findings"]}
    assert "SCP_SYNTAX_ERROR_PRINCIPAL" in codes


@pytest.mark.parametrize(("least", "code"), [("error", 0), ("security", 0), ("warning", 0), ("suggestion", 1)])
def test_exit_code_follows_the_least_severity(least: str, code: int) -> None:
    document = {**GOOD, "Statement": [{**GOOD["Statement"][0], "Sid": ""}]}

    assert run("lint", "-", "--fail-on", least, stdin=json.dumps(document).encode()).code == code


def test_bad_input_is_one_message(tmp_path: Path) -> None:
    missing = run("lint", str(tmp_path / "none.json"))
    assert (missing.code, missing.out) == (2, "")
    assert "cannot be read: No such file or directory" in missing.err
    binary = run("lint", "-", stdin=b"\xff\xfe")
    assert binary.code == 2
    assert "no text in UTF-8" in binary.err
    broken = run("lint", "-", stdin=b'{\n "Version": \n}')
    assert broken.code == 1
    assert "standard input:3:1" in broken.out


def ask(engine: str, *lines: Any) -> list[Any]:
    data = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    return [json.loads(line) for line in run("decide", engine, "-", stdin=data).out.splitlines()]


def test_decide_lint() -> None:
    (answer,) = ask("lint", {"id": "a", "kind": "trust", "document": TRUST, "title": "ignored"})

    assert answer["id"] == "a"
    assert answer["iam_save"] == "rejected"
    assert answer["iam_message"] == "AssumeRole policy may only specify STS AssumeRole actions."
    assert [(item["code"], item["path"], item["line"], item["column"]) for item in answer["findings"]] == [
        ("INVALID_ACTION", "/Statement/0/Action", 7, 17)
    ]


def test_decide_iam() -> None:
    question = {
        "id": 7,
        "request": {
            "principal": {"type": "iam-user", "arn": "arn:aws:iam::111122223333:user/a", "account": "111122223333"},
            "action": "s3:GetObject",
            "resource": "arn:aws:s3:::a/x",
            "resource_account": "111122223333",
        },
        "policies": {"identity": [GOOD]},
    }
    answers = ask("iam", question, b"{", {**question, "policies": {"identity": [json.dumps(GOOD)]}})

    assert answers[0] == {
        "id": 7,
        "result": "Allowed",
        "decided_by": "identity",
        "statements": [{"policy": "identity[0]", "index": 0, "sid": ""}],
        "unknown": [],
        "near_misses": [],
    }
    assert "error" in answers[1]
    assert answers[2] == answers[0]
    (bad,) = ask("iam", {"id": 1, "request": {"principal": {"type": "oidc"}, "action": "x"}, "policies": {}})
    assert bad == {"id": 1, "error": "`request.principal.provider` is missing"}


def lint_json(tmp_path: Path, text: str, *options: str) -> list[dict[str, Any]]:
    path = tmp_path / "answer.json"
    path.write_text(text)
    documents: list[dict[str, Any]] = json.loads(run("lint", str(path), "-o", "json", *options).out)["documents"]
    return documents


@pytest.mark.parametrize(
    ("answer", "kind", "pointer"),
    [
        (
            {"Policy": {"PolicySummary": {"Type": "SERVICE_CONTROL_POLICY"}, "Content": json.dumps(GOOD)}},
            "scp",
            "/Policy/Content",
        ),
        (
            {"Policy": {"PolicySummary": {"Type": "RESOURCE_CONTROL_POLICY"}, "Content": json.dumps(GOOD)}},
            "rcp",
            "/Policy/Content",
        ),
        (
            {
                "VpcEndpoints": [
                    {"PolicyDocument": json.dumps({"Statement": [{**GOOD["Statement"][0], "Principal": "*"}]})}
                ]
            },
            "resource",
            "/VpcEndpoints/0/PolicyDocument",
        ),
        ({"policyText": json.dumps({"Statement": [{"Principal": "*"}]})}, "resource", "/policyText"),
        ({"RolePolicyList": [{"PolicyDocument": GOOD}]}, "identity", "/RolePolicyList/0/PolicyDocument"),
    ],
)
def test_the_kind_follows_from_the_answer(tmp_path: Path, answer: Any, kind: str, pointer: str) -> None:
    (document,) = lint_json(tmp_path, json.dumps(answer))

    assert (document["kind"], document["path"]) == (kind, pointer)


def test_calls_that_assume_a_role_make_a_trust_policy(tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole", "Resource": "*"}
    (document,) = lint_json(tmp_path, json.dumps({"Version": "2012-10-17", "Statement": [statement]}))

    assert document["kind"] == "trust"
    assert document["iamMessage"] == "Has prohibited field Resource"


def test_what_nobody_recorded_is_said_and_not_called_good(tmp_path: Path) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": "login.example.com"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"login.example.com:sub": "a", "login.example.com:aud": "b"}},
    }
    path = tmp_path / "trust.json"
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    result = run("lint", str(path), "--color", "always")

    assert "is not recorded: `login.example.com` is none of the four" in " ".join(result.out.split())
    assert "no findings" in result.out
    assert "\x1b[1;32m" not in result.out


@pytest.mark.parametrize("text", ["", " \n", '{"resource_changes": [], "format_version": "1.2"}'])
def test_a_file_without_a_policy_is_bad_input(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text)
    result = run("lint", str(path))

    assert result.code == 2
    assert "holds no policy document" in result.err


def test_the_excerpt_of_a_long_line_is_cut(tmp_path: Path) -> None:
    statements = [{"Sid": f"S {i}", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"} for i in range(200)]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    (document,) = lint_json(tmp_path, text)
    findings = [finding for finding in document["findings"] if finding["code"] == "UNSUPPORTED_SID"]

    assert len(findings) == 200
    for finding in findings:
        assert len(finding["excerpt"]) <= 400
        start = finding["column"] - finding.get("excerptColumn", 1)
        assert finding["excerpt"][start:].startswith('"S ')


def test_the_size_is_that_of_the_text_that_iam_stores(tmp_path: Path) -> None:
    trust = json.loads(TRUST)
    trust["Statement"][0]["Action"] = "sts:AssumeRoleWithWebIdentity"
    subjects = [f"system:serviceaccount:shop:account-{i}" for i in range(38)]
    condition = trust["Statement"][0]["Condition"]["StringEquals"]
    condition[next(iter(condition))] = subjects
    text = json.dumps(trust, separators=(",", ":"))
    assert len(text) < 2048 < len(quote(text))
    (document,) = lint_json(tmp_path, json.dumps({"Role": {"AssumeRolePolicyDocument": quote(text)}}))

    assert document["iamSave"] == "accepted"


def test_a_refusal_of_an_open_github_trust_has_a_line(tmp_path: Path) -> None:
    trust = TRUST.replace("oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE", "token.actions.githubusercontent.com")
    trust = trust.replace("Idendity", "Identity").replace(":sub", ":aud")
    (document,) = lint_json(tmp_path, trust)
    refused = document["findings"][0]

    assert (refused["source"], refused["path"], refused["line"]) == ("iam", "/Statement/0/Principal/Federated", 6)
