"""Control policies of the units and the root above an account are read, as AWS has them."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.live.account import DumpedAccount
from tests.live.questions import Asked, ask_live
from tests.test_field_cases import FOLDER, question
from trustpath.answer import answer
from trustpath.facts.dumps import read_dumps
from trustpath.facts.live.aws_api import CallError
from trustpath.model.reads import AwsRead
from trustpath.paths import follow_question

NAME = "control-004-loki"
ACCOUNT = "111122223333"
FULL = {"Id": "p-FullAWSAccess", "Type": "SERVICE_CONTROL_POLICY"}
GUARD = {"Id": "p-guard", "Type": "SERVICE_CONTROL_POLICY"}
DENY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}


def asked(folder: Path, monkeypatch: pytest.MonkeyPatch, guarded: str, *refused: str) -> Asked:
    parents = {ACCOUNT: "ou-ab12-apps", "ou-ab12-apps": "ou-ab12-all", "ou-ab12-all": "r-ab12"}
    dumped = DumpedAccount.call

    def call(self: DumpedAccount, read: AwsRead) -> bytes:
        named = dict(read.parameters)
        found: dict[str, Any]
        if read.action in refused:
            self.asked.append(read)
            raise CallError("denied", f"not authorized to perform {read.action}")
        if read.action == "organizations:DescribeOrganization":
            found = {"Organization": {"Id": "o-1", "MasterAccountId": "999988887777"}}
        elif read.action == "organizations:ListParents":
            found = {"Parents": [{"Id": parents[named["ChildId"]], "Type": "ORGANIZATIONAL_UNIT"}]}
        elif read.action == "organizations:ListPoliciesForTarget":
            of_kind = named["Filter"] == "SERVICE_CONTROL_POLICY"
            found = {"Policies": [FULL, *([GUARD] if named["TargetId"] == guarded else [])] if of_kind else []}
        elif read.action == "organizations:DescribePolicy":
            summary = {**GUARD, "Name": "guard"}
            found = {"Policy": {"PolicySummary": summary, "Content": json.dumps(DENY)}}
        else:
            return dumped(self, read)
        self.asked.append(read)
        return json.dumps(found).encode()

    monkeypatch.setattr(DumpedAccount, "call", call)
    return ask_live(FOLDER / NAME / "snapshot", question(NAME), folder)


@pytest.mark.parametrize("guarded", [ACCOUNT, "ou-ab12-apps", "ou-ab12-all", "r-ab12"])
def test_a_deny_at_any_level(guarded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = asked(tmp_path, monkeypatch, guarded)

    assert found.trace.outcome == "denied"
    assert [(cause.id, cause.confidence) for cause in found.trace.causes] == [("scp-explicit-deny", "certain")]


def test_a_policy_that_is_elsewhere_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = asked(tmp_path, monkeypatch, "ou-ab12-others")

    assert found.trace.outcome == "allowed"
    assert not [need for link in found.trace.links for need in link.needs if "control policies" in need.fact]
    targets = [dict(read.parameters)["TargetId"] for read in found.account.asked if "ListPolicies" in read.action]
    assert set(targets) == {ACCOUNT, "ou-ab12-apps", "ou-ab12-all", "r-ab12"}


def test_who_may_not_see_the_units_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = asked(tmp_path, monkeypatch, "ou-ab12-all", "organizations:ListParents")

    assert found.trace.outcome == "unknown"
    needs = [need for link in found.trace.links for need in link.needs]
    assert any(need.permission == "organizations:ListParents" for need in needs)


def test_a_list_of_one_level_says_nothing_of_another(tmp_path: Path) -> None:
    """A dump with the policies of account and root, and the account's unit without its own."""
    folder = tmp_path / "facts"
    shutil.copytree(FOLDER / NAME / "snapshot", folder)
    for target in (ACCOUNT, "r-ab12"):
        (folder / f"organizations-list-policies-for-target.{target}.json").write_text(json.dumps({"Policies": [FULL]}))
    parent = {"Parents": [{"Id": "ou-ab12-apps", "Type": "ORGANIZATIONAL_UNIT"}]}
    (folder / f"organizations-list-parents.{ACCOUNT}.json").write_text(json.dumps(parent))
    snapshot, places = read_dumps([str(folder)])

    trace = answer(follow_question(snapshot, question(NAME)), places)

    needs = [need.command for link in trace.links for need in link.needs]
    assert "aws organizations list-parents --child-id ou-ab12-apps" in needs
