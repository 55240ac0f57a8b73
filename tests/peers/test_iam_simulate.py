"""The IAM engine beside @cloud-copilot/iam-simulate. `docs/peers.md` lists where the two differ and why."""

import json
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.peers.questions import ANONYMOUS, OWN, SERVICE, SESSION, USER, Maker
from trustpath.cli.decide_iam import answer

HERE = Path(__file__).parent
pytestmark = pytest.mark.skipif(
    not shutil.which("node") or not (HERE / "node_modules").is_dir(),
    reason="iam-simulate is not installed: `make peers` does it where Node.js is there",
)
OBJECT = "arn:aws:s3:::data/x"


def peer(questions: list[dict[str, Any]]) -> list[str]:
    data = "\n".join(json.dumps(question) for question in questions)
    done = subprocess.run(["node", HERE / "simulate.mjs"], input=data, capture_output=True, text=True, check=True)
    return [json.loads(line)["result"] for line in done.stdout.splitlines()]


def ours(question: dict[str, Any]) -> str:
    return str(answer(json.dumps(question).encode())["result"])  # type: ignore[arg-type]


def listed(question: dict[str, Any], mine: str) -> str:
    """Return which listed difference a question shows, empty when none."""
    asked, policies = question["request"], json.dumps(question["policies"])
    star_for_service = asked["principal"] == SERVICE and asked["action"].startswith("sts:")
    if mine == "Unknown":
        return "unknown"
    if asked["principal"] == ANONYMOUS and asked["action"].startswith(("kms:", "sts:")):
        return "unsigned"
    if question["policies"]["session"] and mine == "Allowed":
        return "session"
    if "198.51.100.1" in policies and ":" in asked["context"].get("aws:SourceIp", ""):
        return "other family"
    if "${aws:username}" in policies and "aws:username" not in asked["context"]:
        return "variable"
    return "star for a service" if star_for_service and '"AWS": "*"' in policies else ""


def test_they_agree_but_for_what_is_listed() -> None:
    questions = list(Maker(1).questions(4000))
    rest: list[tuple[str, str, Any]] = []
    found: Counter[str] = Counter()
    for question, theirs in zip(questions, peer(questions), strict=True):
        mine = ours(question)
        if mine == theirs:
            found["same"] += 1
        elif difference := listed(question, mine):
            found[difference] += 1
        else:
            rest.append((mine, theirs, question))

    assert rest == []
    assert found["same"] > 3900
    assert set(found) == {"same", "unknown", "session", "other family", "variable", "star for a service", "unsigned"}


def identity(condition: dict[str, Any] | None = None) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [{**statement, "Condition": condition} if condition else statement]}


def question(caller: dict[str, Any] = USER, context: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    request = {
        "principal": caller,
        "action": "s3:GetObject",
        "resource": OBJECT,
        "resource_account": OWN,
        "context": context or {},
    }
    layers: dict[str, Any] = dict.fromkeys(("resource", "boundary", "session", "scps", "rcps"))
    request |= {key: changes.pop(key) for key in ("action", "target") if key in changes}
    request["resource"] = request.pop("target", request["resource"])
    return {"id": 1, "request": request, "policies": {"identity": [], **layers, **changes}}


def grant(principal: Any, action: str = "*") -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}],
    }


def trust(principal: Any, action: str, condition: Any = None) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return {"Version": "2012-10-17", "Statement": [{**statement, "Condition": condition} if condition else statement]}


LISTED: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "all addresses of a family",
        question(
            context={"aws:SourceIp": "203.0.113.7"}, identity=[identity({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})]
        ),
        "Allowed",
        "ImplicitlyDenied",
    ),
    (
        "an address of the other family",
        question(
            context={"aws:SourceIp": "2001:db8::1"},
            identity=[identity({"NotIpAddress": {"aws:SourceIp": "198.51.100.1"}})],
        ),
        "Allowed",
        "ImplicitlyDenied",
    ),
    (
        "a variable without a value",
        question(
            context={"aws:PrincipalTag/team": "x"},
            identity=[identity({"StringNotEquals": {"aws:PrincipalTag/team": "${aws:username}"}})],
        ),
        "Allowed",
        "ImplicitlyDenied",
    ),
    (
        "no number is not equal",
        question(context={"s3:max-keys": "x"}, identity=[identity({"NumericNotEquals": {"s3:max-keys": "1"}})]),
        "Allowed",
        "ImplicitlyDenied",
    ),
    (
        "ForAllValues:Null",
        question(identity=[identity({"ForAllValues:Null": {"aws:TagKeys": "false"}})]),
        "Allowed",
        "ImplicitlyDenied",
    ),
    (
        "a session named by the resource",
        question(
            SESSION,
            resource=grant({"AWS": SESSION["arn"]}),
            session=identity({"Bool": {"aws:SecureTransport": "true"}}),
        ),
        "Allowed",
        "ImplicitlyDenied",
    ),
    (
        "a service under AWS",
        question(
            {"type": "service", "name": "pods.eks.amazonaws.com"},
            action="sts:AssumeRole",
            target=f"arn:aws:iam::{OWN}:role/target",
            resource=trust({"AWS": "pods.eks.amazonaws.com"}, "sts:AssumeRole"),
        ),
        "ImplicitlyDenied",
        "Allowed",
    ),
    (
        "a built-in provider",
        question(
            {"type": "oidc", "provider": "accounts.google.com"},
            {"accounts.google.com:aud": "app"},
            action="sts:AssumeRoleWithWebIdentity",
            target=f"arn:aws:iam::{OWN}:role/target",
            resource=trust(
                {"Federated": "accounts.google.com"},
                "sts:AssumeRoleWithWebIdentity",
                {"StringEquals": {"accounts.google.com:aud": "app"}},
            ),
        ),
        "Allowed",
        "ImplicitlyDenied",
    ),
    (
        "a role without its trust policy",
        question(action="sts:AssumeRole", target=f"arn:aws:iam::{OWN}:role/target", identity=[identity()]),
        "ImplicitlyDenied",
        "Allowed",
    ),
]


@pytest.mark.parametrize(("title", "asked", "mine", "theirs"), LISTED, ids=[row[0] for row in LISTED])
def test_listed_difference(title: str, asked: dict[str, Any], mine: str, theirs: str) -> None:
    assert ours(asked) == mine
    assert peer([asked]) == [theirs], f"the peer has changed: {title}"


def test_every_listed_difference_is_in_the_docs() -> None:
    text = (HERE.parent.parent / "docs" / "peers.md").read_text()

    assert [row[0] for row in LISTED if row[0] not in text] == []
