"""AWS by the SDK: moto's servers for what they can do, botocore's Stubber for refusals and throttling."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from urllib.request import urlopen

import msgspec
import pytest
from botocore.session import Session
from botocore.stub import Stubber
from moto.server import ThreadedMotoServer

from tests.paths.dumps import ISSUER, OWN, PROVIDER
from trustpath.errors import InputError
from trustpath.facts.collected import Collected
from trustpath.facts.configuration import read_settings
from trustpath.facts.live.aws_api import Account, AwsApi, AwsOptions, CallError, check_profiles
from trustpath.facts.live.clusters import name_by_endpoint
from trustpath.facts.live.connection import Connection
from trustpath.facts.live.deadline import Deadline
from trustpath.model.answers import Answers
from trustpath.model.arn import OidcProviderArn, RoleArn
from trustpath.model.fact import Absent, Denied, Known
from trustpath.model.reads import AwsRead, ReadResult
from trustpath.model.snapshot import Snapshot

ROLE = AwsRead("iam:GetRole", (("RoleName", "checkout"),), "123456789012")
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Federated": PROVIDER}, "Action": "sts:AssumeRoleWithWebIdentity",
                   "Condition": {"StringEquals": {f"{ISSUER}:sub": OWN}}}],
}  # fmt: skip
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.delenv("AWS_PROFILE", raising=False)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    urlopen(f"http://{host}:{port}/moto-api/reset", data=b"").close()  # loopback
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def moto(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    return endpoint


def client(service: str) -> Any:
    return Session().create_client(service, region_name="eu-west-1")


def api(**options: Any) -> AwsApi:
    return AwsApi(AwsOptions(region="eu-west-1", **options), Deadline(20))


def test_what_comes_is_what_the_aws_cli_prints(moto: str) -> None:
    iam = client("iam")
    iam.create_role(RoleName="checkout", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName="checkout", PolicyName="own", PolicyDocument=json.dumps(POLICY))
    managed = iam.create_policy(PolicyName="read", PolicyDocument=json.dumps(POLICY))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="checkout", PolicyArn=managed)
    iam.create_open_id_connect_provider(Url=f"https://{ISSUER}", ClientIDList=["sts.amazonaws.com"])
    provider = f"arn:aws:iam::123456789012:oidc-provider/{ISSUER}"
    name = (("RoleName", "checkout"),)
    collected = Collected(Answers())
    asked = api()
    for read in (
        AwsRead("sts:GetCallerIdentity"),
        ROLE,
        AwsRead("iam:ListAttachedRolePolicies", name),
        AwsRead("iam:ListRolePolicies", name),
        AwsRead("iam:GetRolePolicy", (*name, ("PolicyName", "own"))),
        AwsRead("iam:GetPolicy", (("PolicyArn", managed),)),
        AwsRead("iam:GetPolicyVersion", (("PolicyArn", managed), ("VersionId", "v1"))),
        AwsRead("iam:GetOpenIDConnectProvider", (("OpenIDConnectProviderArn", provider),)),
        AwsRead("iam:ListOpenIDConnectProviders"),
        AwsRead("iam:GetAccountAuthorizationDetails", (("Filter", "Role,LocalManagedPolicy"),)),
    ):
        collected.add_answer(read, asked.call(read))
        collected.add_result(read, ReadResult("read"))

    snapshot = Snapshot(collected.answers)
    assert collected.answers.left_out == []
    role = snapshot.aws.role(RoleArn.parse("arn:aws:iam::123456789012:role/checkout") or pytest.fail())
    assert isinstance(role, Known)
    policies = snapshot.policies.of_role(role.value.value)
    assert sorted(policy.name for policy in policies.policies) == ["own", "read"]
    assert policies.missing == ()
    assert not any(hasattr(policy.document, "permission") for policy in policies.policies)
    found = snapshot.aws.oidc_provider(OidcProviderArn.parse(provider) or pytest.fail())
    assert isinstance(found, Known)
    assert found.value.details is not None
    assert found.value.details.value.client_ids == ("sts.amazonaws.com",)


def test_all_pages_come_as_one(moto: str) -> None:
    iam = client("iam")
    for number in range(120):
        iam.create_role(RoleName=f"many-{number}", AssumeRolePolicyDocument=json.dumps(TRUST))
    answer = msgspec.json.decode(api().call(AwsRead("iam:ListRoles")))
    names = [role["RoleName"] for role in answer["Roles"]]
    assert {f"many-{number}" for number in range(120)} <= set(names)
    assert answer.get("IsTruncated") is False
    assert "Marker" not in answer


def test_what_is_not_there_is_absent(moto: str) -> None:
    with pytest.raises(CallError) as error:
        api().call(AwsRead("iam:GetRole", (("RoleName", "nobody"),)))
    assert error.value.kind == "absent"
    assert error.value.said.startswith("An error occurred (NoSuchEntity) when calling the GetRole operation:")


def test_a_cluster_and_its_entries(moto: str) -> None:
    eks = client("eks")
    eks.create_cluster(name="prod", roleArn="arn:aws:iam::123456789012:role/eks", resourcesVpcConfig={})
    answer = msgspec.json.decode(api().call(AwsRead("eks:DescribeCluster", (("name", "prod"),))))
    assert answer["cluster"]["name"] == "prod"
    with pytest.raises(CallError) as error:
        api().call(AwsRead("eks:DescribeCluster", (("name", "stage"),)))
    assert error.value.kind == "absent"


def stubbed(code: str, message: str, status: int = 403) -> CallError:
    asked = api()
    made = client("iam")
    asked._clients[(Account(), "iam", "")] = made
    with Stubber(made) as stub:
        stub.add_client_error("get_role", code, message, status)
        with pytest.raises(CallError) as error:
            asked.call(AwsRead("iam:GetRole", (("RoleName", "checkout"),)))
    return error.value


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AccessDenied", "denied"),
        ("AccessDeniedException", "denied"),
        ("UnauthorizedOperation", "denied"),
        ("NoSuchEntity", "absent"),
        ("ResourceNotFoundException", "absent"),
        ("ExpiredToken", "failed"),
        ("InvalidClientTokenId", "failed"),
        ("ServiceUnavailable", "failed"),
    ],
)
def test_errors(code: str, kind: str) -> None:
    error = stubbed(code, "User: arn:aws:iam::1:user/x is not authorized")
    assert error.kind == kind
    assert code in error.said


def test_a_refusal_becomes_a_denied_fact_with_its_permission() -> None:
    collected = Collected(Answers())
    caller = json.dumps({"UserId": "x", "Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/x"}).encode()
    collected.add_answer(AwsRead("sts:GetCallerIdentity"), caller)
    collected.add_result(ROLE, ReadResult("denied", "An error occurred (AccessDenied) when calling …"))
    arn = RoleArn.parse("arn:aws:iam::123456789012:role/checkout")
    assert arn is not None
    fact = Snapshot(collected.answers).aws.role(arn)
    assert isinstance(fact, Denied)
    assert fact.permission == "iam:GetRole"
    other = RoleArn.parse("arn:aws:iam::999999999999:role/checkout")
    assert other is not None
    assert not isinstance(Snapshot(collected.answers).aws.role(other), Absent | Denied)


def test_without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(CallError, match="there are no AWS credentials"):
        api().call(AwsRead("sts:GetCallerIdentity"))


@pytest.mark.parametrize("by", ["options", "AWS_PROFILE", "accounts"])
def test_a_mistyped_profile_is_wrong_use(by: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[profile production]\nregion = eu-west-1\n")
    options = AwsOptions()
    if by == "options":
        options = AwsOptions(profile="prodution")
    elif by == "accounts":
        options = AwsOptions(accounts={"111122223333": Account("prodution")})
    else:
        monkeypatch.setenv("AWS_PROFILE", "prodution")
    with pytest.raises(InputError, match="no profile prodution") as error:
        check_profiles(options)
    assert error.value.hint == "did you mean production?"
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    check_profiles(AwsOptions(profile="production"))


def test_aws_region_goes_before_the_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[default]\nregion = eu-west-1\n")
    monkeypatch.setenv("AWS_REGION", "ap-south-1")
    asked = AwsApi(AwsOptions(), Deadline(20))
    assert asked.signing_client(asked.own).meta.region_name == "ap-south-1"
    given = AwsApi(AwsOptions(region="us-east-2"), Deadline(20))
    assert given.signing_client(given.own).meta.region_name == "us-east-2"


def test_the_cluster_of_an_endpoint_is_found_among_many() -> None:
    server = "https://ABCDEF.gr7.eu-west-1.eks.amazonaws.com"

    class Many:
        def call(self, read: AwsRead) -> bytes:
            if read.operation == "ListClusters":
                return msgspec.json.encode({"clusters": [f"cluster-{n}" for n in range(40)]})
            if read.subject == "cluster-7":
                raise CallError("denied", "no")
            endpoint = server if read.subject == "cluster-33" else "https://other"
            return msgspec.json.encode({"cluster": {"endpoint": endpoint}})

    connection = Connection("prod", server.lower(), "default", None, ())
    assert name_by_endpoint(cast("AwsApi", Many()), connection, Deadline(10)) == "cluster-33"
    elsewhere = Connection("prod", "https://10.0.0.1", "default", None, ())
    assert name_by_endpoint(cast("AwsApi", Many()), elsewhere, Deadline(10)) == ""


def test_a_profile_that_is_not_there() -> None:
    with pytest.raises(CallError, match="nowhere"):
        api(profile="nowhere").call(AwsRead("sts:GetCallerIdentity"))


def test_another_account_is_asked_with_its_own_role(moto: str) -> None:
    asked = api(accounts={"444455556666": Account(role_arn="arn:aws:iam::444455556666:role/audit")})
    asked.account = "123456789012"
    answer = msgspec.json.decode(asked.call(AwsRead("sts:GetCallerIdentity", (), "444455556666")))
    assert answer["Account"] == "444455556666"
    assert "assumed-role/audit/trustpath" in answer["Arn"]
    assert asked.can_ask("444455556666")
    assert not asked.can_ask("999999999999")


def test_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert read_settings().accounts == {}
    file = tmp_path / "trustpath" / "trustpath.toml"
    file.parent.mkdir()
    file.write_text('region = "eu-west-1"\n[accounts.444455556666]\nrole-arn = "arn:aws:iam::444455556666:role/a"\n')
    assert read_settings().accounts["444455556666"].role_arn == "arn:aws:iam::444455556666:role/a"
    for text, problem in (
        ('regin = "x"', "there is no setting `regin`"),
        ("region = 3", "Expected `str`"),
        ("region = ", "not TOML"),
    ):
        file.write_text(text)
        with pytest.raises(InputError) as error:
            read_settings()
        assert problem in error.value.message
