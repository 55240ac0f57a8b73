"""Answers of two accounts in one snapshot: neither says anything of the other."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from trustpath.facts import snapshot_file
from trustpath.facts.collected import CALLER, Collected, command_of
from trustpath.facts.dumps import read_dumps
from trustpath.model.answers import Answers
from trustpath.model.arn import OidcProviderArn, RoleArn
from trustpath.model.fact import Absent, Denied, Fact, Known, NotCollected
from trustpath.model.reads import AwsRead, Read, ReadResult
from trustpath.model.saved import Header
from trustpath.model.snapshot import Snapshot

OWN, OTHER = "111111111111", "222222222222"
LIST = "iam:ListOpenIDConnectProviders"
SCP = "SERVICE_CONTROL_POLICY"


def collect(answers: dict[AwsRead, Any], refused: dict[AwsRead, str] | None = None) -> Collected:
    """Return what a reader with the credentials of ``OWN`` gathered; a refusal's text starts with its status."""
    found = Collected(Answers())
    found.answers.own_account = OWN
    found.add_result(CALLER, ReadResult("read"))
    identity = {"UserId": "AIDA", "Account": OWN, "Arn": f"arn:aws:iam::{OWN}:user/operator"}
    found.add_answer(CALLER, msgspec.json.encode(identity))
    for read, answer in answers.items():
        found.add_result(read, ReadResult("read"))
        found.add_answer(read, msgspec.json.encode(answer))
    for read, text in (refused or {}).items():
        found.add_result(read, ReadResult("absent" if "NotFound" in text else "denied", text))
    return found


def both(collected: Collected, tmp_path: Path) -> list[Snapshot]:
    """Return the facts as they were read, and as they come out of a file."""
    file = tmp_path / "saved.trustpath"
    caller = f"arn:aws:iam::{OWN}:user/operator"
    snapshot_file.write(file, Header(snapshot_file.VERSION, "0", "2026-03-02T09:00:00Z", caller=caller), collected)
    return [Snapshot(collected.answers), read_dumps([str(file)])[0]]


def role(account: str, policy: str) -> dict[AwsRead, Any]:
    asked = account if account != OWN else ""
    trust = {"Version": "2012-10-17", "Statement": []}
    arn = f"arn:aws:iam::{account}:role/checkout"
    return {
        AwsRead("iam:GetRole", (("RoleName", "checkout"),), asked): {
            "Role": {"Arn": arn, "RoleName": "checkout", "AssumeRolePolicyDocument": trust}
        },
        AwsRead("iam:ListAttachedRolePolicies", (("RoleName", "checkout"),), asked): {
            "AttachedPolicies": [{"PolicyName": policy, "PolicyArn": f"arn:aws:iam::{account}:policy/{policy}"}]
        },
        AwsRead("iam:ListRolePolicies", (("RoleName", "checkout"),), asked): {"PolicyNames": [f"{policy}-inline"]},
    }


def test_roles_of_one_name_keep_their_own_policies(tmp_path: Path) -> None:
    for snapshot in both(collect(role(OWN, "read") | role(OTHER, "write")), tmp_path):
        for account, policy in ((OWN, "read"), (OTHER, "write")):
            fact = snapshot.aws.role(RoleArn("aws", account, "/", "checkout"))
            assert isinstance(fact, Known), account
            policies = snapshot.policies.of_role(fact.value.value)
            assert [item.name for item in policies.policies] == [policy, f"{policy}-inline"]


@pytest.mark.parametrize("empty", [OWN, OTHER])
def test_an_empty_list_of_providers_is_of_its_account_alone(empty: str, tmp_path: Path) -> None:
    asked = "" if empty == OWN else empty
    collected = collect({AwsRead(LIST, (), asked): {"OpenIDConnectProviderList": []}})
    other = OTHER if empty == OWN else OWN
    for snapshot in both(collected, tmp_path):
        own = snapshot.aws.oidc_provider(OidcProviderArn("aws", empty, "issuer.test"))
        assert isinstance(own, Absent)
        assert isinstance(snapshot.aws.oidc_provider(OidcProviderArn("aws", other, "issuer.test")), NotCollected)


def test_two_accounts_answers_do_not_overwrite_each_other() -> None:
    here, there = AwsRead(LIST), AwsRead(LIST, (), OTHER)
    collected = collect({here: {"OpenIDConnectProviderList": []}, there: {"OpenIDConnectProviderList": []}})
    assert {command_of(here), command_of(there)} <= set(collected.documents)
    assert command_of(there) == f"aws iam list-open-id-connect-providers # with credentials of account {OTHER}"


def test_a_refusal_is_of_its_account_alone(tmp_path: Path) -> None:
    listed = AwsRead("iam:ListAttachedRolePolicies", (("RoleName", "checkout"),), OTHER)
    own = {key: value for key, value in role(OWN, "read").items() if key.operation == "GetRole"}
    collected = collect(own, {listed: "An error occurred (AccessDenied): no", AwsRead(LIST, (), OTHER): "AccessDenied"})
    for snapshot in both(collected, tmp_path):
        fact = snapshot.aws.role(RoleArn("aws", OWN, "/", "checkout"))
        assert isinstance(fact, Known)
        assert [type(item) for item in snapshot.policies.of_role(fact.value.value).missing] == [NotCollected] * 2
        assert isinstance(snapshot.aws.oidc_provider(OidcProviderArn("aws", OWN, "issuer.test")), NotCollected)
        assert isinstance(snapshot.aws.oidc_provider(OidcProviderArn("aws", OTHER, "issuer.test")), Denied)


def test_no_organization_here_says_nothing_of_the_other_account(tmp_path: Path) -> None:
    read = AwsRead("organizations:DescribeOrganization")
    collected = collect({}, {read: "An error occurred (AWSOrganizationsNotInUseException): NotFound"})
    for snapshot in both(collected, tmp_path):
        assert isinstance(snapshot.policies.control_policies(SCP, OWN), Absent)
        assert isinstance(snapshot.policies.control_policies(SCP, OTHER), NotCollected)


def test_the_own_account_is_asked_once_however_it_is_named() -> None:
    collected = collect({})
    collected.answers.can_read = lambda read: True
    snapshot = Snapshot(collected.answers)
    snapshot.aws.role(RoleArn("aws", OWN, "/", "checkout"))
    snapshot.aws.role(RoleArn("aws", OTHER, "/", "checkout"))
    named = (("RoleName", "checkout"),)
    assert list(collected.answers.wanted) == [AwsRead("iam:GetRole", named), AwsRead("iam:GetRole", named, OTHER)]


QUEUE = ("sqs", f"arn:aws:sqs:eu-west-1:{OWN}:orders")
RESOURCES = [
    ("kms", f"arn:aws:kms:eu-west-1:{OWN}:key/1234"),
    ("secretsmanager", f"arn:aws:secretsmanager:eu-west-1:{OWN}:secret:db-AbCdEf"),
    ("sns", f"arn:aws:sns:eu-west-1:{OWN}:orders"),
    ("es", f"arn:aws:es:eu-west-1:{OWN}:domain/logs/x"),
    ("ecr", f"arn:aws:ecr:eu-west-1:{OWN}:repository/app"),
    ("lambda", f"arn:aws:lambda:eu-west-1:{OWN}:function:orders:live"),
    ("s3", "arn:aws:s3:::orders/x"),
    QUEUE,
]


@pytest.mark.parametrize(("service", "arn"), RESOURCES, ids=[service for service, _ in RESOURCES])
def test_a_refused_resource_policy_is_denied(service: str, arn: str, tmp_path: Path) -> None:
    def fact(collected: Collected) -> Fact[Any]:
        return both(collected, tmp_path)[1].policies.resource_policy(service, arn)

    asking = collect({})
    asking.answers.can_read = lambda read: True
    Snapshot(asking.answers).policies.resource_policy(service, arn)
    (read,) = asking.answers.wanted
    refused: dict[AwsRead, str] = {_aws(read): "An error occurred (AccessDenied) when calling: no"}
    assert isinstance(fact(collect({}, refused)), Denied)
    another = msgspec.structs.replace(_aws(read), parameters=((_aws(read).parameters[0][0], "another"),))
    assert isinstance(fact(collect({}, {another: "An error occurred (AccessDenied): no"})), NotCollected)


def _aws(read: Read) -> AwsRead:
    assert isinstance(read, AwsRead)
    return read


def test_functions_of_one_name_in_two_regions_keep_their_policies(tmp_path: Path) -> None:
    arns = [f"arn:aws:lambda:{region}:{OWN}:function:orders" for region in ("eu-west-1", "us-east-1")]
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    read = AwsRead("lambda:GetPolicy", (("FunctionName", arns[0]),), "", "eu-west-1")
    for snapshot in both(collect({read: {"Policy": policy, "RevisionId": "1"}}), tmp_path):
        assert isinstance(snapshot.policies.resource_policy("lambda", f"{arns[0]}:live"), Known)
        assert isinstance(snapshot.policies.resource_policy("lambda", arns[1]), NotCollected)
