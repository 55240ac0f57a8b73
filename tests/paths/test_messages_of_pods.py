"""A message beside the facts of a pod: it settles what they leave open, and never outweighs what they prove."""

from pathlib import Path

import pytest

from tests.causes.pages import POD, POD_QUESTION, ask
from trustpath.answer import answer
from trustpath.engine.messages.symptom import read_symptom
from trustpath.facts.dumps import read_dumps
from trustpath.model.question import PodToAws
from trustpath.model.trace import Trace
from trustpath.paths.links import MESSAGE
from trustpath.paths.pod_to_aws import follow_pod_to_aws

POLICIES = """\
---
RoleDetailList:
- RoleName: checkout
  Arn: arn:aws:iam::111122223333:role/checkout
  RolePolicyList:
  - PolicyName: orders
    PolicyDocument:
      Version: "2012-10-17"
      Statement: [{Effect: Allow, Action: s3:PutObject, Resource: "arn:aws:s3:::orders/*"}]
  AttachedManagedPolicies: []
"""
OWN = "arn:aws:sts::111122223333:assumed-role/checkout/botocore-session-1"
PUT, PLACE = "s3:PutObject", "arn:aws:s3:::orders/1"
NO_IDENTITY = "because no identity-based policy allows the s3:PutObject action"


def why(text: str, folder: Path, action: str = PUT, resource: str = PLACE) -> Trace:
    (folder / "facts.yaml").write_text(POD + POLICIES, encoding="utf-8")
    snapshot, places = read_dumps([str(folder)])
    symptom = read_symptom(text)
    assert symptom is not None, text
    asked = PodToAws("Pod", "payments", "checkout-5f7c9d-x2x4z", "", action, resource)
    return answer(follow_pod_to_aws(snapshot, asked, symptom), places.beside(MESSAGE, text))


def refused(principal: str, action: str = PUT, resource: str = PLACE, tail: str = NO_IDENTITY) -> str:
    return f"User: {principal} is not authorized to perform: {action} on resource: {resource} {tail}"


@pytest.mark.parametrize(
    "principal",
    [
        "arn:aws:sts::111122223333:assumed-role/other/x",
        "arn:aws:sts::444455556666:assumed-role/checkout/x",
        "arn:aws:iam::111122223333:user/jane",
    ],
)
@pytest.mark.parametrize("action", [PUT, ""])
def test_the_message_of_another_identity_says_nothing_of_this_role(principal: str, action: str, tmp_path: Path) -> None:
    trace = why(refused(principal), tmp_path, action, PLACE if action else "")

    assert trace.outcome == "unknown"
    assert not [cause.id for cause in trace.causes if cause.id.startswith("identity-policy")]
    assert principal in " ".join(link.says for link in trace.links)


def test_a_message_of_another_resource_or_action_decides_nothing(tmp_path: Path) -> None:
    assert why(refused(OWN, resource="arn:aws:s3:::other/1"), tmp_path).outcome == "allowed"
    assert why(refused(OWN, action="s3:DeleteObject"), tmp_path).outcome == "allowed"


def test_what_the_facts_refute_is_of_another_time(tmp_path: Path) -> None:
    trace = why(refused(OWN), tmp_path)

    assert trace.outcome == "allowed"
    assert trace.causes == ()
    assert "another time" in trace.summary


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (refused(OWN, tail="with an explicit deny in a service control policy"), "scp-explicit-deny"),
        (refused(OWN, tail="with an explicit deny in a resource-based policy"), "bucket-policy-explicit-deny"),
        (refused(OWN, tail=""), "bucket-policy-explicit-deny"),
    ],
)
def test_a_policy_that_was_not_read_may_have_refused(text: str, first: str, tmp_path: Path) -> None:
    trace = why(text, tmp_path)

    assert trace.outcome == "denied"
    assert trace.causes[0].id == first
    assert trace.causes[0].confidence != "certain"
    assert not [cause.id for cause in trace.causes if cause.id.startswith("identity-policy")]


def test_a_boundary_that_the_role_has_not(tmp_path: Path) -> None:
    trace = why(refused(OWN, tail="with an explicit deny in a permissions boundary"), tmp_path)

    assert trace.outcome == "allowed"


def test_the_action_of_a_message_is_asked_where_the_question_has_none(tmp_path: Path) -> None:
    trace = why(refused(OWN, action="s3:GetObject", tail=""), tmp_path, "", "")

    assert trace.outcome == "denied"
    assert trace.causes[0].id == "identity-policy-missing-action"


def test_assuming_itself_with_a_path(tmp_path: Path) -> None:
    text = refused(OWN, "sts:AssumeRole", "arn:aws:iam::111122223333:role/eks/checkout", "")

    trace = why(text, tmp_path, "", "")

    assert [cause.id for cause in trace.causes][:1] == ["role-self-assume-denied"]


@pytest.mark.parametrize("line", ["INFO Boto3/1.9.219 Python/3.7 Botocore/1.12.199", "gem aws-sdk-core-3.57.0"])
def test_the_user_agent_in_the_log_tells_the_sdk(line: str, tmp_path: Path) -> None:
    trace, _ = ask(f"# log: checkout-5f7c9d-x2x4z.app.log: {line}\n", tmp_path, POD, POD_QUESTION)

    assert trace.outcome == "denied"
    assert [(cause.id, cause.confidence) for cause in trace.causes] == [("sdk-no-web-identity", "certain")]


def test_a_decisive_line_before_the_last_one(tmp_path: Path) -> None:
    (tmp_path / "facts.yaml").write_text(POD, encoding="utf-8")
    (tmp_path / "checkout-5f7c9d-x2x4z.app.log").write_text(
        "WARN To use web identity tokens, the 'sts' service module must be on the class path.\n"
        "Unable to load credentials from any of the providers in the chain AwsCredentialsProviderChain(...)\n"
    )
    snapshot, places = read_dumps([str(tmp_path)])

    trace = answer(follow_pod_to_aws(snapshot, PodToAws("Pod", "payments", "checkout-5f7c9d-x2x4z")), places)

    assert trace.causes[0].id == "sdk-missing-sts-module"
    assert trace.causes[0].evidence[0].line == 1
