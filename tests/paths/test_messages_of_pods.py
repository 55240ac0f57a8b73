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


NODE = """\
---
apiVersion: v1
kind: Node
metadata: {name: node-1}
spec: {providerID: "aws:///eu-west-1a/i-0abc1234def567890"}
---
Reservations:
- Instances:
  - InstanceId: i-0abc1234def567890
    IamInstanceProfile: {Arn: "arn:aws:iam::111122223333:instance-profile/nodes"}
---
InstanceProfile:
  InstanceProfileName: nodes
  Arn: arn:aws:iam::111122223333:instance-profile/nodes
  Roles: [{RoleName: nodes, Arn: "arn:aws:iam::111122223333:role/nodes"}]
"""


@pytest.mark.parametrize(
    ("line", "causes"),
    [
        ('"Arn": "arn:aws:sts::111122223333:assumed-role/nodes/i-0abc1234def567890"', ["sdk-no-web-identity"]),
        ('"Arn": "arn:aws:sts::111122223333:assumed-role/checkout/botocore-session-1"', []),
        ('"Arn": "arn:aws:sts::111122223333:assumed-role/others/i-0abc1234def567890"', []),
    ],
)
def test_the_caller_that_the_log_prints(line: str, causes: list[str], tmp_path: Path) -> None:
    pod = POD.replace("  serviceAccountName: checkout\n", "  serviceAccountName: checkout\n  nodeName: node-1\n")

    trace, _ = ask(f"# log: checkout-5f7c9d-x2x4z.app.log: {line}\n", tmp_path, pod + NODE, POD_QUESTION)

    assert [cause.id for cause in trace.causes][:1] == causes
    assert trace.outcome == ("denied" if causes else "allowed")


@pytest.mark.parametrize(
    ("host", "outcome"),
    [
        ("sts.amazonaws.com", "allowed"),
        ("sts.eu-west-1.amazonaws.com", "allowed"),
        ("sts.cn-north-1.amazonaws.com.cn", "denied"),
        ("sts.us-gov-west-1.amazonaws.com", "denied"),
    ],
)
def test_the_host_of_sts_in_the_log(host: str, outcome: str, tmp_path: Path) -> None:
    line = f'Post "https://{host}/": InvalidIdentityToken: No OpenIDConnect provider found in your account'
    trace, _ = ask(f"# log: checkout-5f7c9d-x2x4z.app.log: {line}\n", tmp_path, POD, POD_QUESTION)

    assert trace.outcome == outcome
    if outcome == "denied":
        assert trace.causes[0].id == "sts-endpoint-wrong-partition"


@pytest.mark.parametrize(
    "file",
    ["checkout-5f7c9d-x2x4z2.app.log", "checkout-5f7c9d-x2x4z.proxy.log", "ledger-0.log"],
)
def test_a_log_of_another_pod_or_container_is_not_taken(file: str, tmp_path: Path) -> None:
    sidecar = "  - {name: proxy, image: example/proxy}\n  volumes:\n"
    pod = POD.replace("  volumes:\n", sidecar, 1)
    line = "WARN To use web identity tokens, the 'sts' service module must be on the class path."

    assert ask(f"# log: {file}: {line}\n", tmp_path, pod, POD_QUESTION)[0].outcome == "allowed"
    assert ask(f"# log: checkout-5f7c9d-x2x4z.app.log: {line}\n", tmp_path, pod, POD_QUESTION)[0].outcome == "denied"


def test_the_policy_to_read_is_named(tmp_path: Path) -> None:
    trace = why(refused(OWN, tail="with an explicit deny in a resource-based policy"), tmp_path)

    assert trace.causes[0].help == (
        "aws s3api get-bucket-policy --bucket orders > s3api-get-bucket-policy.orders.json",
    )
