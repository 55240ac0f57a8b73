"""``generate trust-policy`` and ``generate iam-policy``."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.run import run

LOKI = Path(__file__).parent.parent / "field_cases" / "control-004-loki" / "snapshot"
ROLE = "arn:aws:iam::111122223333:role/reports"


def test_a_trust_policy_names_one_account_and_one_audience() -> None:
    result = run("generate", "trust-policy", "sa/team-a:reports", "--from", str(LOKI))

    assert result.code == 0, result.err
    (statement,) = json.loads(result.out)["Statement"]
    issuer = statement["Principal"]["Federated"].partition("oidc-provider/")[2]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Condition"] == {
        "StringEquals": {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": "system:serviceaccount:team-a:reports"}
    }


def test_another_account_is_named() -> None:
    result = run("generate", "trust-policy", "sa/team-a:reports", "--account-id", "444455556666", "--from", str(LOKI))

    assert "arn:aws:iam::444455556666:oidc-provider/oidc.eks." in result.out


def test_without_an_issuer_nothing_is_written(tmp_path: Path) -> None:
    file = tmp_path / "facts.yaml"
    file.write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n", encoding="utf-8")

    result = run("generate", "trust-policy", "sa/a:b", "--from", str(file))

    assert result.code == 2
    assert "issuer" in result.err
    assert run("generate", "trust-policy", "pod/x", "--from", str(file)).code == 2


def call(source: str, name: str, *arns: str, role: str = ROLE, **more: Any) -> dict[str, Any]:
    session = {"sessionIssuer": {"arn": role, "type": "Role"}}
    return {
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "userIdentity": {"type": "AssumedRole", "arn": f"{role}/x", "sessionContext": session},
        "resources": [{"ARN": arn} for arn in arns],
        **more,
    }


BUCKET = "arn:aws:s3:::acme"
EVENTS = [
    call("s3", "GetObject", f"{BUCKET}/a/1", BUCKET),
    call("s3", "HeadObject", f"{BUCKET}/a/2", BUCKET),
    call("s3", "ListObjects", BUCKET),
    call("s3", "PutObject", requestParameters={"bucketName": "acme", "key": "out/1"}),
    call("s3", "DeleteObjects", requestParameters={"bucketName": "acme"}),
    call("sts", "GetCallerIdentity"),
    call("kms", "Decrypt", "arn:aws:kms:us-east-1:111122223333:key/k"),
    call("lambda", "Invoke20150331", "arn:aws:lambda:us-east-1:111122223333:function:f"),
    call("sqs", "SendMessage"),
    call("s3", "NoSuchCall"),
    call("s3", "GetBucketPolicy", BUCKET, errorCode="AccessDenied"),
    call("s3", "GetObject", f"{BUCKET}/other/1", role="arn:aws:iam::111122223333:role/other"),
]


@pytest.mark.parametrize("form", ["records", "gzip", "lookup", "lines", "detail"])
def test_calls_become_a_policy(tmp_path: Path, form: str) -> None:
    text = json.dumps({"Records": EVENTS})
    if form == "lookup":
        text = json.dumps({"Events": [{"CloudTrailEvent": json.dumps(event)} for event in EVENTS]})
    elif form == "lines":
        text = "\n".join(map(json.dumps, EVENTS))
    elif form == "detail":
        text = "\n".join(json.dumps({"detail": event}) for event in EVENTS)
    file = tmp_path / "events.json"
    file.write_bytes(gzip.compress(text.encode()) if form == "gzip" else text.encode())

    result = run("generate", "iam-policy", "reports", "--cloudtrail", str(file))

    assert result.code == 0, result.err
    written = {
        (action, resource)
        for statement in json.loads(result.out)["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
    }
    assert written == {
        ("s3:GetObject", f"{BUCKET}/a/1"),
        ("s3:GetObject", f"{BUCKET}/a/2"),
        ("s3:ListBucket", BUCKET),
        ("s3:PutObject", f"{BUCKET}/out/1"),
        ("s3:DeleteObject", f"{BUCKET}/*"),
        ("sts:GetCallerIdentity", "*"),
        ("kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:key/k"),
        ("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:111122223333:function:f"),
        ("sqs:SendMessage", "*"),
    }
    assert "IAM has no action for s3.amazonaws.com NoSuchCall" in result.err
    assert "no event of sqs:SendMessage names its resource" in result.err
    assert "refused, and not in here: s3:GetBucketPolicy" in result.err


def test_many_objects_become_their_folder(tmp_path: Path) -> None:
    file = tmp_path / "events.json"
    events = [call("s3", "GetObject", f"{BUCKET}/in/2026/{number:03}.csv") for number in range(50)]
    file.write_text(json.dumps({"Records": events}), encoding="utf-8")

    result = run("generate", "iam-policy", ROLE, "--cloudtrail", str(file))

    assert json.loads(result.out)["Statement"] == [
        {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [f"{BUCKET}/in/2026/*"]}
    ]
    assert "50 objects became" in result.err


def test_a_bucket_is_in_the_partition_of_the_role(tmp_path: Path) -> None:
    role = "arn:aws-cn:iam::111122223333:role/reports"
    event = call("s3", "PutObject", role=role, requestParameters={"bucketName": "acme", "key": "out/1"})
    file = tmp_path / "events.json"
    file.write_text(json.dumps(event), encoding="utf-8")

    result = run("generate", "iam-policy", role, "--cloudtrail", str(file))

    assert json.loads(result.out)["Statement"][0]["Resource"] == ["arn:aws-cn:s3:::acme/out/1"]


@pytest.mark.parametrize("text", ["", "{}", "[1]", "not json", '{"Records": 1}', '{"Records": [{"eventName": 1}]}'])
def test_files_without_events(tmp_path: Path, text: str) -> None:
    file = tmp_path / "events.json"
    file.write_text(text, encoding="utf-8")

    result = run("generate", "iam-policy", "--cloudtrail", str(file))

    assert result.code == 2
    assert "Traceback" not in result.err
