"""What a role may do, by policies that are partly unread: a healthy pod with its role's policies beside it."""

from pathlib import Path

import pytest

from tests.causes.pages import KEY, ask
from tests.paths.dumps import verdict
from trustpath.model.trace import Trace

PUT = "s3:PutObject arn:aws:s3:::orders/1"
ACCOUNT_KEY = f"arn:aws:kms:eu-west-1:111122223333:key/{KEY}"


def role(statements: str = '{Effect: Allow, Action: "*", Resource: "*"}', attached: str = "[]") -> str:
    return (
        "RoleDetailList:\n- RoleName: checkout\n  Arn: arn:aws:iam::111122223333:role/checkout\n"
        "  RolePolicyList:\n  - PolicyName: own\n    PolicyDocument:\n      Version: '2012-10-17'\n"
        f"      Statement: [{statements}]\n  AttachedManagedPolicies: {attached}\n"
    )


def why(question: str, folder: Path, *facts: str, log: str = "") -> Trace:
    head = f"# question: pod/checkout-5f7c9d-x2x4z {question}\n" + (f"# log: {log}\n" if log else "")
    return ask(head + "---\n".join(facts or (role(),)), folder)[0]


def needs(trace: Trace) -> str:
    return " ".join(f"{need.fact} {need.command}" for link in trace.links for need in link.needs)


def test_the_account_that_a_bucket_belongs_to_is_not_known(tmp_path: Path) -> None:
    own = (
        "{Effect: Allow, Action: 's3:*', Resource: '*', "
        "Condition: {StringEquals: {'aws:ResourceAccount': '111122223333'}}}"
    )

    assert why(PUT, tmp_path, role(own)).outcome == "unknown"


def test_a_deny_of_other_resources_asked_without_a_resource(tmp_path: Path) -> None:
    spared = role(
        "{Effect: Allow, Action: 's3:*', Resource: '*'}, "
        "{Effect: Deny, Action: 's3:*', NotResource: 'arn:aws:s3:::orders/*'}"
    )

    assert why("s3:PutObject", tmp_path, spared).outcome == "unknown"
    assert why("s3:PutObject arn:aws:s3:::other/1", tmp_path, spared).outcome == "denied"


MANAGED = "arn:aws:iam::111122223333:policy/orders"
ATTACHED = f"[{{PolicyName: orders, PolicyArn: {MANAGED}}}]"


def test_a_version_of_a_policy_that_is_not_the_default_says_nothing(tmp_path: Path) -> None:
    own = role("{Effect: Allow, Action: 'sqs:*', Resource: '*'}", ATTACHED)

    def asked(text: str) -> Trace:
        return why(PUT, tmp_path, own, log=f"iam-get-policy-version.orders.json: {text}")

    document = '{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
    shown = '{"PolicyVersion": {"VersionId": "v%s", "IsDefaultVersion": %s, "Document": ' + document + "}}"

    assert asked(shown % (2, "true")).outcome == "allowed"
    old = asked(shown % (1, "false"))
    assert old.outcome == "unknown"
    assert f"aws iam get-policy-version --policy-arn {MANAGED}" in needs(old)


@pytest.mark.parametrize(("target", "confidence"), [("111122223333", "certain"), ("ou-ab12-guarded", "likely")])
def test_a_control_policy_of_a_unit_that_may_not_be_above_the_account(
    target: str, confidence: str, tmp_path: Path
) -> None:
    deny = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}'
    policy = f"Policy:\n  PolicySummary: {{Id: p-guard, Type: SERVICE_CONTROL_POLICY}}\n  Content: '{deny}'\n"
    listed = (
        "Policies: [{Id: p-FullAWSAccess, Type: SERVICE_CONTROL_POLICY}, {Id: p-guard, Type: SERVICE_CONTROL_POLICY}]"
    )

    trace = why(PUT, tmp_path, role(), policy, log=f"organizations-list-policies-for-target.{target}.json: {listed}")

    assert verdict(trace) == ("denied", [("scp-explicit-deny", confidence)])


@pytest.mark.parametrize(
    ("parents", "expected"),
    [
        ({"111122223333": "ou-ab12-guarded"}, ("denied", [("scp-explicit-deny", "certain")])),
        ({"111122223333": "ou-ab12-other", "ou-ab12-other": "r-ab12"}, ("unknown", [])),
        (
            {"111122223333": "ou-ab12-other", "ou-ab12-other": "ou-ab12-other"},
            ("denied", [("scp-explicit-deny", "likely")]),
        ),
    ],
    ids=["in it", "in another", "in a circle"],
)
def test_what_is_above_the_account_is_shown(
    parents: dict[str, str], expected: tuple[str, list[tuple[str, str]]], tmp_path: Path
) -> None:
    deny = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}'
    policy = f"Policy:\n  PolicySummary: {{Id: p-guard, Type: SERVICE_CONTROL_POLICY}}\n  Content: '{deny}'\n"
    logs = [
        "organizations-list-policies-for-target.ou-ab12-guarded.json: Policies: "
        "[{Id: p-guard, Type: SERVICE_CONTROL_POLICY}]"
    ]
    for child, parent in parents.items():
        logs.append(f"organizations-list-parents.{child}.json: Parents: [{{Id: {parent}, Type: X}}]")

    trace = why(PUT, tmp_path, role(), policy, log="\n# log: ".join(logs))

    assert verdict(trace) == expected


@pytest.mark.parametrize(
    ("action", "state", "outcome"),
    [
        ("kms:Decrypt", "PendingDeletion", "denied"),
        ("kms:GenerateDataKey", "Disabled", "denied"),
        ("kms:Decrypt", "Updating", "unknown"),
        ("kms:Decrypt", "Enabled", "unknown"),
        ("kms:DescribeKey", "Disabled", "unknown"),
    ],
)
def test_a_key_that_nobody_can_use(action: str, state: str, outcome: str, tmp_path: Path) -> None:
    """Whatever the policy of the key says, which is not read here."""
    key = f"KeyMetadata:\n  KeyId: {KEY}\n  Arn: {ACCOUNT_KEY}\n  KeyState: {state}\n"

    trace = why(f"{action} {ACCOUNT_KEY}", tmp_path, role(), key)

    assert trace.outcome == outcome
    assert (state in trace.summary) is (outcome == "denied")


def test_the_key_behind_the_call_cannot_be_used(tmp_path: Path) -> None:
    key = f"KeyMetadata:\n  KeyId: {KEY}\n  Arn: {ACCOUNT_KEY}\n  KeyState: Disabled\n"
    rule = f"{{SSEAlgorithm: 'aws:kms', KMSMasterKeyID: '{ACCOUNT_KEY}'}}"
    encryption = f"ServerSideEncryptionConfiguration: {{Rules: [{{ApplyServerSideEncryptionByDefault: {rule}}}]}}\n"

    trace = why(PUT, tmp_path, role(), key, log=f"s3api-get-bucket-encryption.orders.json: {encryption}".rstrip())

    assert trace.outcome == "denied"
    assert trace.links[-1].evidence[-1].label == "the state of the key"


def test_services_whose_resources_have_no_policies(tmp_path: Path) -> None:
    elsewhere = why("ec2:DescribeInstances", tmp_path)

    assert elsewhere.outcome == "allowed"
    assert "the policy of" not in needs(elsewhere)


OTHER_ROLE = "arn:aws:iam::111122223333:role/backup"
ASSUME = (
    "User: arn:aws:sts::111122223333:assumed-role/checkout/x is not authorized to perform: sts:AssumeRole on resource: "
)


def test_a_role_that_the_program_assumes_on_its_way(tmp_path: Path) -> None:
    only_s3 = role("{Effect: Allow, Action: 's3:*', Resource: '*'}")

    trace = why(PUT, tmp_path, only_s3, log=f"checkout-5f7c9d-x2x4z.app.log: {ASSUME}{OTHER_ROLE}")

    assert trace.outcome == "denied"
    assert "on its way" in trace.summary or any("on its way" in link.says for link in trace.links)
    assert trace.causes[0].id == "chain-target-does-not-trust"
    assert trace.causes[0].link == "permissions"


@pytest.mark.parametrize(
    "file",
    ["checkout-5f7c9d-x2x4z.sidecar.log", "checkout-5f7c9d-x2x4z2.app.log", "other.log"],
)
def test_a_log_of_something_else_is_not_taken(file: str, tmp_path: Path) -> None:
    only_s3 = role("{Effect: Allow, Action: 's3:*', Resource: '*'}")
    pod = ask("# nothing differs\n", tmp_path)[0]
    assert pod.outcome == "allowed"

    trace = why(PUT, tmp_path, only_s3, log=f"{file}: {ASSUME}{OTHER_ROLE}")

    # A container of that name does not stand in the pod: `sidecar` may be anything, and is taken.
    assert trace.outcome == ("denied" if "sidecar" in file else "allowed")
