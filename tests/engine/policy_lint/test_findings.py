"""Access Analyzer's checks: for each code a document that has it and one that has not."""

import json
from typing import Any

import pytest

from trustpath.engine.policy_lint.check import check
from trustpath.model.policy import PolicyKind

ARN = "arn:aws:s3:::data/*"
PROVIDER = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE"
SUB = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE:sub"
AUD = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE:aud"
OWN = {"StringEquals": {SUB: "system:serviceaccount:shop:api", AUD: "sts.amazonaws.com"}}
GITHUB = "token.actions.githubusercontent.com"


def identity(**changes: Any) -> dict[str, Any]:
    return _document({"Effect": "Allow", "Action": "s3:GetObject", "Resource": ARN}, changes)


def bucket(**changes: Any) -> dict[str, Any]:
    return _document(
        {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:*", "Resource": ARN}, changes
    )


def trust(**changes: Any) -> dict[str, Any]:
    base = {
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": OWN,
    }
    return _document(base, changes)


def _document(statement: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in {**statement, **changes}.items() if value is not ...}
    return {"Version": "2012-10-17", "Statement": [kept]}


def condition(operator: str, key: str, value: Any) -> dict[str, Any]:
    return identity(Condition={operator: {key: value}})


def codes(document: Any, kind: PolicyKind = "identity") -> set[str]:
    text = document if isinstance(document, str) else json.dumps(document)
    return {finding.code for finding in check(kind, text).findings}


CASES: list[tuple[str, Any, PolicyKind]] = [
    ("JSON_SYNTAX_ERROR", "{", "identity"),
    ("JSON_SYNTAX_ERROR", "[" * 100_000, "identity"),
    ("JSON_SYNTAX_ERROR", '{"Version": NaN}', "identity"),
    ("JSON_SYNTAX_ERROR", "[]", "identity"),
    ("INVALID_POLICY_ELEMENT", {**identity(), "Comment": "x"}, "identity"),
    ("INVALID_POLICY_ELEMENT", identity(action="x"), "identity"),
    ("MISSING_VERSION", {"Statement": identity()["Statement"]}, "identity"),
    ("INVALID_VERSION", {**identity(), "Version": "2020-01-01"}, "identity"),
    ("DATA_TYPE_MISMATCH", {**identity(), "Version": 2012}, "identity"),
    ("DATA_TYPE_MISMATCH", {**identity(), "Statement": ["x"]}, "identity"),
    ("DATA_TYPE_MISMATCH", identity(Condition={"StringEquals": []}), "identity"),
    ("DATA_TYPE_MISMATCH", identity(Sid=1), "identity"),
    ("MISSING_STATEMENT", {"Version": "2012-10-17"}, "identity"),
    ("MISSING_EFFECT", identity(Effect=...), "identity"),
    ("INVALID_EFFECT", identity(Effect="allow"), "identity"),
    ("MISSING_ACTION", identity(Action=...), "identity"),
    ("MISSING_RESOURCE", identity(Resource=...), "identity"),
    ("MISSING_PRINCIPAL", bucket(Principal=...), "resource"),
    ("UNSUPPORTED_ELEMENT_COMBINATION", identity(NotAction="s3:PutObject"), "identity"),
    ("UNSUPPORTED_SID", identity(Sid="a-b"), "identity"),
    ("EMPTY_SID_VALUE", identity(Sid=""), "identity"),
    ("EMPTY_ARRAY_ACTION", identity(Action=[]), "identity"),
    ("EMPTY_ARRAY_RESOURCE", identity(Resource=[]), "identity"),
    ("EMPTY_ARRAY_PRINCIPAL", bucket(Principal={"AWS": []}), "resource"),
    ("EMPTY_OBJECT_PRINCIPAL", bucket(Principal={}), "resource"),
    ("EMPTY_OBJECT_CONDITION", identity(Condition={}), "identity"),
    ("UNSUPPORTED_PRINCIPAL", identity(Principal="*"), "identity"),
    ("INVALID_PRINCIPAL_KEY", bucket(Principal={"Account": "111122223333"}), "resource"),
    ("INVALID_PRINCIPAL_FORMAT", bucket(Principal="111122223333"), "resource"),
    ("INVALID_ROLE_REFERENCE", bucket(Principal={"AWS": "AROAEXAMPLEEXAMPLEID"}), "resource"),
    ("INVALID_USER_REFERENCE", bucket(Principal={"AWS": "AIDAEXAMPLEEXAMPLEID"}), "resource"),
    ("UNSUPPORTED_WILDCARD_IN_PRINCIPAL", bucket(Principal={"Service": "*"}), "resource"),
    ("UNSUPPORTED_WILDCARD_IN_PRINCIPAL", bucket(Principal={"AWS": "arn:aws:iam::111122223333:role/a*"}), "resource"),
    ("FEDERATED_PRINCIPAL_NOT_SUPPORTED", bucket(Principal={"Federated": PROVIDER}), "resource"),
    ("ALLOW_WITH_NOT_PRINCIPAL", bucket(Principal=..., NotPrincipal={"AWS": "111122223333"}), "resource"),
    ("RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL", bucket(Principal={"Service": "sns.amazonaws.com"}), "resource"),
    ("INVALID_ACTION", identity(Action="s3:GetObjekt"), "identity"),
    ("INVALID_ACTION", identity(Action="s3:Fetch*"), "identity"),
    ("INVALID_ACTION", identity(Action="GetObject"), "identity"),
    ("INVALID_SERVICE_IN_ACTION", identity(Action="s4:GetObject"), "identity"),
    ("WILDCARD_IN_SERVICE_NAME", identity(Action="s*:GetObject"), "identity"),
    ("WILDCARD_IN_SERVICE_NAME", identity(Resource="arn:aws:*code*::111122223333:*"), "identity"),
    ("INVALID_ARN_PREFIX", identity(Resource="s3:::data"), "identity"),
    ("MISSING_ARN_FIELD", identity(Resource="arn:aws:s3:data"), "identity"),
    ("INVALID_PARTITION", identity(Resource="arn:amazon:s3:::data/x"), "identity"),
    ("INVALID_ARN_SERVICE_CASE", identity(Resource="arn:aws:S3:::data/x"), "identity"),
    ("INVALID_ARN_ACCOUNT", identity(Resource="arn:aws:iam::1111:user/x"), "identity"),
    ("INVALID_ARN_RESOURCE", identity(Resource="arn:aws:iam::111122223333:thing/x"), "identity"),
    ("INVALID_ARN_REGION", identity(Resource="arn:aws:sqs:eu-west-9:111122223333:queue"), "identity"),
    ("ARN_REGION_NOT_ALLOWED", identity(Resource="arn:aws:iam:eu-west-1:111122223333:user/x"), "identity"),
    ("ARN_ACCOUNT_NOT_ALLOWED", identity(Resource="arn:aws:s3::111122223333:data"), "identity"),
    ("MISSING_ARN_REGION", identity(Resource="arn:aws:sqs::111122223333:queue"), "identity"),
    ("MISSING_ARN_ACCOUNT", identity(Resource="arn:aws:sqs:eu-west-1::queue"), "identity"),
    ("INVALID_CONDITION_OPERATOR", condition("StringMatches", "aws:username", "x"), "identity"),
    ("INVALID_CONDITION_OPERATOR", condition("stringequals", "aws:username", "x"), "identity"),
    ("NULL_WITH_IF_EXISTS", condition("NullIfExists", "aws:username", "true"), "identity"),
    ("NULL_WITH_QUALIFIER", condition("ForAnyValue:Null", "aws:TagKeys", "true"), "identity"),
    (
        "DUPLICATE_KEYS_WITH_DIFFERENT_CASE",
        identity(Condition={"StringEquals": {"aws:username": "a", "aws:userName": "b"}}),
        "identity",
    ),
    ("INVALID_CONDITION_KEY_FORMAT", condition("StringEquals", "username", "x"), "identity"),
    ("INVALID_GLOBAL_CONDITION_KEY", condition("StringEquals", "aws:user", "x"), "identity"),
    ("UNSUPPORTED_GLOBAL_CONDITION_KEY", condition("ArnEquals", "aws:ARN", "arn:aws:iam::1:user/x"), "identity"),
    ("INVALID_SERVICE_CONDITION_KEY", condition("StringEquals", "s3:praefix", "x"), "identity"),
    ("INVALID_SERVICE", condition("StringEquals", "s4:prefix", "x"), "identity"),
    ("MISSING_TAG_KEY_IN_CONDITION", condition("StringEquals", "aws:ResourceTag", "x"), "identity"),
    ("MISSING_QUALIFIER", condition("StringEquals", "aws:TagKeys", "x"), "identity"),
    ("FORALLVALUES_WITH_SINGLE_VALUED_KEY", condition("ForAllValues:StringEquals", "aws:username", "x"), "identity"),
    ("FORALLVALUES_WITH_SINGLE_VALUED_KEY", trust(Condition={"ForAllValues:StringEquals": {SUB: "x"}}), "trust"),
    ("CONFIRM_AUDIENCE_CLAIM_TYPE", trust(Condition={"ForAnyValue:StringEquals": {AUD: "x"}}), "trust"),
    (
        "FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE",
        trust(Condition={"ForAnyValue:StringEquals": {f"{GITHUB}:aud": "x"}}),
        "trust",
    ),
    ("TYPE_MISMATCH", condition("NumericEquals", "aws:MultiFactorAuthPresent", "1"), "identity"),
    ("TYPE_MISMATCH_BOOLEAN", condition("Bool", "aws:SecureTransport", "yes"), "identity"),
    ("TYPE_MISMATCH_NUMBER", condition("NumericEquals", "s3:max-keys", "ten"), "identity"),
    ("TYPE_MISMATCH_DATE", condition("DateEquals", "aws:CurrentTime", "soon"), "identity"),
    ("INVALID_DATE_VALUE", condition("DateEquals", "aws:CurrentTime", "1893456000"), "identity"),
    ("TYPE_MISMATCH_IP_RANGE", condition("IpAddress", "aws:SourceIp", "nowhere"), "identity"),
    ("TYPE_MISMATCH_STRING", condition("BinaryEquals", "s3:x-amz-content-sha256", "QUJ"), "identity"),
    ("IMPROVE_IP_RANGE", condition("IpAddress", "aws:SourceIp", "203.0.113.7/24"), "identity"),
    ("PRIVATE_IP_ADDRESS", condition("IpAddress", "aws:SourceIp", "10.0.0.0/8"), "identity"),
    ("PRIVATE_NOT_IP_ADDRESS", condition("NotIpAddress", "aws:SourceIp", "10.0.0.0/8"), "identity"),
    ("PRIVATE_IP_ADDRESS_SUBSET", condition("IpAddress", "aws:SourceIp", ["10.0.0.0/8", "203.0.113.0/24"]), "identity"),
    ("INVALID_VPC_FORMAT", condition("StringEquals", "aws:SourceVpc", "vpc-1"), "identity"),
    ("INVALID_VPCE_FORMAT", condition("StringEquals", "aws:SourceVpce", "vpce_12345678"), "identity"),
    ("MISSING_PAIRED_CONDITION_KEYS", condition("IpAddress", "aws:VpcSourceIp", "10.0.0.0/8"), "identity"),
    ("INVALID_CONDITION_DATA_TYPE", condition("StringEquals", "aws:username", ["a", True]), "identity"),
    ("INVALID_CONDITION_MULTIPLE_BOOLEAN", condition("Bool", "aws:SecureTransport", ["true", "false"]), "identity"),
    ("WILDCARD_WITHOUT_LIKE_OPERATOR", condition("StringEquals", "aws:username", "a*"), "identity"),
    (
        "STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS",
        condition("StringLike", "aws:SourceArn", "arn:aws:s3:*"),
        "identity",
    ),
    ("EQUIVALENT_TO_NULL_FALSE", condition("StringLike", "aws:username", "*"), "identity"),
    ("EQUIVALENT_TO_NULL_TRUE", condition("StringNotLike", "aws:username", "*"), "identity"),
    ("REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION", condition("StringLikeIfExists", "aws:username", "*"), "identity"),
    ("REDUNDANT_CONDITION_VALUE_NUM", condition("NumericLessThan", "s3:max-keys", ["5", "10"]), "identity"),
    ("EMPTY_ARRAY_CONDITION", condition("StringEquals", "aws:username", []), "identity"),
    ("EMPTY_ARRAY_CONDITION_FORALLVALUES", condition("ForAllValues:StringEquals", "aws:TagKeys", []), "identity"),
    ("EMPTY_ARRAY_CONDITION_FORANYVALUE", condition("ForAnyValue:StringEquals", "aws:TagKeys", []), "identity"),
    ("EMPTY_ARRAY_CONDITION_IFEXISTS", condition("StringEqualsIfExists", "aws:username", []), "identity"),
    ("MISSING_BRACE_IN_VARIABLE", identity(Resource="arn:aws:s3:::data/${aws:username"), "identity"),
    ("MISSING_QUOTE_IN_VARIABLE", identity(Resource="arn:aws:s3:::data/${aws:username, 'x}"), "identity"),
    ("UNSUPPORTED_SPACE_IN_VARIABLE", identity(Resource="arn:aws:s3:::data/${aws: username}"), "identity"),
    ("EMPTY_VARIABLE", identity(Resource="arn:aws:s3:::data/${}"), "identity"),
    ("VARIABLE_UNSUPPORTED_IN_ELEMENT", identity(Action="s3:${aws:username}"), "identity"),
    ("VARIABLE_UNSUPPORTED_IN_ELEMENT", bucket(Principal={"AWS": "${aws:username}"}), "resource"),
    (
        "VARIABLE_UNSUPPORTED_IN_VERSION",
        {**identity(Resource="arn:aws:s3:::data/${aws:username}"), "Version": "2008-10-17"},
        "identity",
    ),
    ("INVALID_VARIABLE_FOR_OPERATOR", condition("NumericEquals", "s3:max-keys", "${aws:username}"), "identity"),
    ("REDUNDANT_ACTION", identity(Action=["s3:GetObject", "s3:Get*"]), "identity"),
    ("REDUNDANT_RESOURCE", identity(Resource=[ARN, "arn:aws:s3:::data/x"]), "identity"),
    ("REDUNDANT_STATEMENT", {**identity(), "Statement": identity()["Statement"] * 2}, "identity"),
    ("UNIQUE_SIDS_REQUIRED", {**identity(), "Statement": identity(Sid="a")["Statement"] * 2}, "identity"),
    ("UNIQUE_SIDS_RECOMMENDED", {**bucket(), "Statement": bucket(Sid="a")["Statement"] * 2}, "resource"),
    ("PASS_ROLE_WITH_STAR_IN_RESOURCE", identity(Action="iam:PassRole", Resource="*"), "identity"),
    ("PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE", identity(Action="*", Resource="*"), "identity"),
    (
        "PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION",
        identity(Action=..., NotAction="s3:*", Resource="*"),
        "identity",
    ),
    ("PASS_ROLE_WITH_NOT_RESOURCE", identity(Action="iam:PassRole", Resource=..., NotResource=ARN), "identity"),
    ("CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE", identity(Action="iam:*", Resource="*"), "identity"),
    ("POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA", identity(Sid="x" * 11_000), "identity"),
    ("POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA", trust(Sid="x" * 2100), "trust"),
    ("SCP_SYNTAX_ERROR_PRINCIPAL", bucket(), "scp"),
    ("SCP_SYNTAX_ERROR_ACTION_WILDCARD", identity(Action="s3:*Object"), "scp"),
    ("ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL", trust(Principal=..., NotPrincipal={"AWS": "*"}), "trust"),
    ("ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE", trust(Resource="*"), "trust"),
    ("ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL", trust(Principal="*"), "trust"),
    (
        "INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY",
        trust(Principal={"Federated": "https://x.example.com"}),
        "trust",
    ),
    ("MISMATCHED_ACTION_FOR_PRINCIPAL", trust(Action="sts:AssumeRole"), "trust"),
    (
        "MISMATCHED_ACTION_FOR_PRINCIPAL",
        trust(Principal={"Federated": "arn:aws:iam::111122223333:saml-provider/okta"}),
        "trust",
    ),
    ("UNSUPPORTED_ACTION_IN_POLICY", trust(Action="s3:GetObject"), "trust"),
    (
        "MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY",
        trust(Principal={"Service": "rolesanywhere.amazonaws.com"}, Action="sts:AssumeRole"),
        "trust",
    ),
    ("MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL", trust(Condition=...), "trust"),
    (
        "MISSING_GITHUB_REPO_CONDITION_KEY",
        trust(
            Principal={"Federated": f"arn:aws:iam::111122223333:oidc-provider/{GITHUB}"},
            Condition={"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}},
        ),
        "trust",
    ),
    (
        "SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED",
        trust(Condition={"StringLike": {f"{GITHUB}:sub": "repo:acme/*"}}),
        "trust",
    ),
    (
        "REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY",
        trust(
            Principal={
                "AWS": ["arn:aws:iam::111122223333:role/a", "arn:aws:sts::111122223333:assumed-role/a/s"],
            },
            Action="sts:AssumeRole",
        ),
        "trust",
    ),
]


@pytest.mark.parametrize(
    ("code", "document", "kind"), CASES, ids=[f"{code}-{i}" for i, (code, _, _) in enumerate(CASES)]
)
def test_code(code: str, document: Any, kind: PolicyKind) -> None:
    assert code in codes(document, kind)


GOOD: list[tuple[Any, PolicyKind]] = [
    (identity(), "identity"),
    (identity(Action="S3:getobject"), "identity"),
    (
        identity(Action=["s3:Get*", "s3:PutObject"], Resource=["arn:aws:s3:::a", "arn:aws:s3:::a/${aws:username}/*"]),
        "identity",
    ),
    (identity(Action="*", Resource="*", Effect="Deny"), "identity"),
    (condition("ForAllValues:StringEquals", "aws:TagKeys", ["a", "b"]), "identity"),
    (condition("StringEquals", "aws:PrincipalTag/team", "a"), "identity"),
    (condition("StringEquals", "s3:ExistingObjectTag/team", "a"), "identity"),
    (condition("Bool", "aws:SecureTransport", "true"), "identity"),
    (condition("IpAddress", "aws:SourceIp", ["203.0.113.0/24", "2001:db8::/32"]), "identity"),
    (condition("DateLessThan", "aws:CurrentTime", "2026-11-24T00:00:00Z"), "identity"),
    (condition("ArnLike", "aws:SourceArn", "arn:aws:s3:::*"), "identity"),
    (condition("StringLike", "aws:username", "a*"), "identity"),
    (condition("StringEquals", "aws:SourceVpc", "vpc-12345678"), "identity"),
    (condition("StringEquals", "aws:username", "${aws:PrincipalTag/x, 'none'}"), "identity"),
    (
        identity(Action="iam:PassRole", Resource="*", Condition={"StringEquals": {"iam:PassedToService": "x"}}),
        "identity",
    ),
    (identity(Action="sts:AssumeRoot", Resource="arn:aws:iam::*:root"), "identity"),
    (bucket(), "resource"),
    (bucket(Principal="*"), "resource"),
    (bucket(Effect="Deny", Principal=..., NotPrincipal={"AWS": "111122223333"}), "resource"),
    (trust(), "trust"),
    (
        trust(
            Principal={"Service": "pods.eks.amazonaws.com"}, Action=["sts:AssumeRole", "sts:TagSession"], Condition=...
        ),
        "trust",
    ),
    (trust(Principal={"AWS": "arn:aws:iam::111122223333:role/a"}, Action="sts:AssumeRole", Condition=...), "trust"),
    (identity(Effect="Deny", Resource="*", Action="s3:Delete*"), "scp"),
]


@pytest.mark.parametrize(("document", "kind"), GOOD, ids=range(len(GOOD)))
def test_nothing_to_say(document: Any, kind: PolicyKind) -> None:
    assert codes(document, kind) == set()
