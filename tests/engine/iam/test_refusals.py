"""IAM's own words on documents that it refuses (iam-evaluation 1.4)."""

import json
from typing import Any

import pytest

from trustpath.engine.iam.refusals import Refusal, always_refused, refusal
from trustpath.engine.iam.shared_providers import CLAIMS, GITHUB
from trustpath.model.policy import PolicyKind

SYNTAX = "Syntax errors in policy."
LEGACY = "The policy failed legacy parsing"
VERSION = "Policy document must be version 2012-10-17 or greater."
OBJECT = "arn:aws:s3:::bucket"


def identity(version: str | None = "2012-10-17", **changes: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": OBJECT, **changes}
    body = {"Statement": {key: value for key, value in statement.items() if value is not None}}
    return {"Version": version, **body} if version else body


def said(document: Any, kind: PolicyKind = "identity") -> Refusal | None:
    return refusal(kind, document if isinstance(document, str) else json.dumps(document))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("no JSON", SYNTAX),
        ({"Version": "2012-10-17"}, SYNTAX),
        ({"Version": "2012-10-17", "Statement": []}, SYNTAX),
        ({"Version": "2012-10-17", "Statement": ["x"]}, SYNTAX),
        (identity("2013-10-17"), SYNTAX),
        ({**identity(), "Extra": 1}, SYNTAX),
        ({**identity(), "Id": []}, SYNTAX),
        (identity(Extra="x"), SYNTAX),
        (identity(Effect=None), SYNTAX),
        (identity(Effect="maybe"), SYNTAX),
        (identity(Sid={}), SYNTAX),
        (identity(Action={}), SYNTAX),
        (identity(Action=[[]]), SYNTAX),
        (identity(NotAction="s3:*"), SYNTAX),
        (identity(NotResource="*"), SYNTAX),
        (identity(Resource=["x", {}]), SYNTAX),
        (identity(Condition=[]), SYNTAX),
        (identity(Condition={"a": "b"}), SYNTAX),
        (identity(Condition={"x": {"a": "1"}}), SYNTAX),
        (identity(Condition={"ForAnyValue::StringEquals": {"a": "b"}}), SYNTAX),
        (identity(Condition={"DateGreaterThan": {"a": {}}}), SYNTAX),
        (identity(None), VERSION),
        (identity("2008-10-17"), VERSION),
        (identity(None, Effect="denY"), VERSION),
        (identity(Effect="allow"), LEGACY),
        (identity(Condition={"DateGreaterThan": {"a": "soon"}}), LEGACY),
        (identity(Condition={"DateLessThan": {"a": "9223372036854775808"}}), LEGACY),
        (identity(Condition={"DateLessThan": {"a": "2016-12-13t2:00:00.593194+1"}}), LEGACY),
        (identity(Resource="arn:aws:s3::bucket"), LEGACY),
        (identity(Resource="arn:aws::::bucket"), LEGACY),
        (identity(Action=None), "Policy statement must contain actions."),
        (identity(Action=[]), "Policy statement must contain actions."),
        (identity(Resource=None), "Policy statement must contain resources."),
        (identity(Resource=[]), "Policy statement must contain resources."),
        (identity(Action="list"), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
        (
            identity(Action="list", Resource=None),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (identity(Action="a a:List"), "Vendor a a is not valid"),
        (identity(Action="s3:List:Bucket"), "Actions/Condition can contain only one colon."),
        (identity(Resource="bucket"), 'Resource bucket must be in ARN format or "*".'),
        (identity(Resource=""), 'Resource  must be in ARN format or "*".'),
        (identity(Resource="arn:aws"), "Resource vendor must be fully qualified and cannot contain regexes."),
        (identity(Resource="a:b:c"), 'Partition "b" is not valid for resource "arn:b:c:*:*:*".'),
        (identity(Resource="a:bc"), 'Partition "bc" is not valid for resource "arn:bc:*:*:*:*".'),
        (identity(Resource="aws:s3:::bucket"), 'Partition "s3" is not valid for resource "arn:s3:::bucket:*".'),
        (identity(Resource="arn:x:s3:::a:b"), 'Partition "x" is not valid for resource "arn:x:s3:::a:b".'),
        (
            identity(Resource="arn:aws:iam:eu-west-1::user/x"),
            "IAM resource arn:aws:iam:eu-west-1::user/x cannot contain region information.",
        ),
        (
            identity(Resource="arn:aws:s3:eu-west-1::bucket"),
            "Resource arn:aws:s3:eu-west-1::bucket can not contain region information.",
        ),
        (identity(Principal="*"), "Policy document should not specify a principal."),
    ],
)
def test_identity_policies(document: Any, message: str) -> None:
    found = said(document)

    assert found is not None
    assert (found.verdict, found.message) == ("rejected", message)


def test_an_iam_path_is_named_with_all_that_is_allowed() -> None:
    found = said(identity(Resource="arn:aws:iam:::thing"))

    assert found is not None
    assert str(found.message).startswith('IAM resource path must either be "*" or start with user/, federated-user/,')


def test_statement_ids() -> None:
    twice = {"Version": "2012-10-17", "Statement": [{**identity()["Statement"], "Sid": "a"}] * 2}
    found = said(twice)
    assert found is not None
    assert found.message == "Statement IDs (SID) in a single policy must be unique."
    assert said(json.dumps(twice).replace('"a"', '""')) is None


@pytest.mark.parametrize(
    "document",
    [
        identity(),
        identity(Resource=["arn:aws:s3:::a", "*"]),
        identity(Action="*"),
        identity(Action="iam: strange name "),
        identity(Action="aaaaaaaa:ListBucket"),
        identity(Action="s3-x.y:ListBucket"),
        identity(Resource="arn:aws:x"),
        identity(Resource="arn:aws:iam::*:root"),
        identity(Resource="arn:aws:s3:eu-west-1:111122223333:accesspoint/a"),
        identity(Resource=["arn:aws:s3:::a", None]),
        identity(Condition={}),
        identity(Condition={"DateGreaterThan": {}}),
        identity(Condition={"x": {}}),
        identity(Condition={"DateGreaterThan": {"a": []}}),
        identity(Condition={"DateGreaterThan": {"a": "01T"}}),
        identity(Condition={"DateLessThan": {"a": "-292275054"}}),
        identity(Condition={"ForAnyValue:StringEqualsIfExists": {"a": "b"}}),
        identity(Condition={"Bool": {"aws:SecureTransport": "yes"}}),
        identity(Condition={"Null": {"aws:username": "yes"}}),
        identity(Condition={"NumericEquals": {"s3:max-keys": 10}}),
        {**identity(), "Id": "x"},
    ],
    ids=lambda document: json.dumps(document)[50:110],
)
def test_stored(document: Any) -> None:
    assert said(document) is None


@pytest.mark.parametrize(
    ("operator", "value", "verdict"),
    [
        ("NumericEquals", "many", "rejected"),
        ("DateEquals", "soon", "rejected"),
        ("IpAddress", "nowhere", "rejected"),
        ("IpAddress", "2001:db8::5/64", "rejected"),
        ("IpAddress", "::ffff:192.0.2.0/120", "rejected"),
        ("IpAddress", "192.000.2.0/+24", None),
        ("ArnLike", "bucket", "rejected"),
        ("ArnLike", "arn:aws:s3:::*", None),
        ("BinaryEquals", "QUJ", "rejected"),
        ("BinaryEquals", "QUJD", None),
    ],
)
def test_literals(operator: str, value: str, verdict: str | None) -> None:
    found = said(identity(Condition={operator: {"aws:RequestTag/x": value}}))

    assert (found.verdict if found else None) == verdict
    # Inline session policies take such values.
    assert said(identity(Condition={operator: {"aws:RequestTag/x": value}}), "session") is None


PROVIDER = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE"


def trust(**changes: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
        **changes,
    }
    kept = {key: value for key, value in statement.items() if value is not None}
    return {"Version": "2012-10-17", "Statement": [kept]}


ONLY_STS = "AssumeRole policy may only specify STS AssumeRole actions."
PROVIDERS = "Federated principals must be valid domain names or SAML metadata ARNs"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("Version: yaml", "This policy contains invalid Json"),
        (trust(Resource="*"), "Has prohibited field Resource"),
        (trust(Principal=None), "Missing required field Principal"),
        (trust(Action=None), "Missing required field Action"),
        (trust(Action="s3:GetObject"), ONLY_STS),
        (trust(Action="*"), ONLY_STS),
        (trust(Action="sts:AssumeRoleWithWebIdendity"), ONLY_STS),
        (trust(Principal="*"), 'AssumeRolepolicy contained an invalid principal: "STAR":"*".'),
        (trust(Principal={"Federated": ""}), PROVIDERS),
        (trust(Principal={"Federated": "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE"}), PROVIDERS),
        (
            trust(Principal={"AWS": "pods.eks.amazonaws.com"}, Action="sts:AssumeRole"),
            'Invalid principal in policy: "AWS":"pods.eks.amazonaws.com"',
        ),
        (
            trust(Principal={"AWS": "arn:aws:iam::111122223333:role/*"}, Action="sts:AssumeRole"),
            'Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:role/*"',
        ),
        (
            trust(Principal={"Service": "*"}, Action="sts:AssumeRole"),
            'Invalid principal in policy: "SERVICE":"*"',
        ),
        (trust(Principal=None, NotPrincipal={"Federated": PROVIDER}), "Allow with NotPrincipal is not allowed."),
        (
            trust(Sid="x" * 2048),
            "Cannot exceed quota for ACLSizePerRole: 2048",
        ),
    ],
)
def test_trust_policies(document: Any, message: str) -> None:
    found = said(document, "trust")

    assert found is not None
    assert (found.verdict, found.message) == ("rejected", message)


@pytest.mark.parametrize(
    "document",
    [
        trust(Action="sts:*"),
        trust(Action="sts:AssumeRole"),
        trust(Principal={"AWS": "AROAEXAMPLEEXAMPLEID1"}, Action="sts:AssumeRole"),
        trust(Principal={"AWS": PROVIDER}),
        trust(Principal={"Federated": []}),
        trust(Principal={"Federated": "login.example.com"}),
    ],
)
def test_what_is_not_recorded(document: Any) -> None:
    found = said(document, "trust")

    assert found is not None
    assert (found.verdict, found.message) == ("unknown", None)


def test_a_cluster_is_a_private_provider() -> None:
    assert said(trust(), "trust") is None


def shared(issuer: str, operator: str, value: Any, claim: str = "", **changes: Any) -> Refusal | None:
    principal = (
        issuer
        if issuer in CLAIMS and "/" not in issuer and "cognito" in issuer
        else (f"arn:aws:iam::111122223333:oidc-provider/{issuer}")
    )
    key = claim or CLAIMS.get(issuer, f"{issuer}:sub")
    condition = {operator: {key: value}} if operator else None
    return said(trust(Principal={"Federated": principal}, Condition=condition, **changes), "trust")


@pytest.mark.parametrize(
    ("operator", "value", "stored"),
    [
        ("", "", False),
        ("StringEquals", "x", True),
        ("StringLike", "x*", True),
        ("StringEqualsIgnoreCase", "x", True),
        ("ForAnyValue:StringEquals", "x", True),
        ("ForAllValues:StringLike", "x", True),
        ("StringEqualsIfExists", "x", False),
        ("StringNotEquals", "x", False),
        ("Null", "false", False),
        ("Bool", "true", False),
        ("StringLike", "*", False),
        ("StringEquals", ["*", "x"], False),
        ("StringLike", "?", True),
        ("StringLike", "**", True),
        ("StringLike", "*?", True),
        ("StringLike", "", True),
        ("StringLike", [], True),
    ],
)
@pytest.mark.parametrize("issuer", ["cognito-identity.amazonaws.com", "gitlab.com", "app.terraform.io"])
def test_providers_that_many_customers_share(issuer: str, operator: str, value: Any, stored: bool) -> None:
    found = shared(issuer, operator, value)

    assert (found is None) is stored
    if found and issuer == "gitlab.com":
        assert found.message == (
            "Trust policy with trusted principal arn:aws:iam::111122223333:oidc-provider/gitlab.com must evaluate, "
            "using StringEquals, StringLike or StringEqualsIgnoreCase, gitlab.com:sub which is not scoped to all."
        )


@pytest.mark.parametrize(
    ("value", "stored"),
    [("repo:acme/x:*", True), ("?", True), ("?*", True), ("repo:*", True), ("${aws:username}", True), ([], True),
     ("*", False), ("**", False), ("*?", False), ("*x", False), ("", False), ("  ", False)],
)  # fmt: skip
def test_github_refuses_what_starts_with_a_star(value: Any, stored: bool) -> None:
    assert (shared(GITHUB, "StringLike", value) is None) is stored
    assert (shared(GITHUB, "StringLike", value, f"{GITHUB}:job_workflow_ref") is None) is stored


def test_github_edges() -> None:
    assert shared(GITHUB, "StringEquals", "x", f"{GITHUB}:actor") is not None
    assert shared(GITHUB, "StringEquals", "x", f"{GITHUB}:SUB") is None
    # Issuers that begin like GitHub's follow its rule, with their own full name.
    assert shared(f"{GITHUB}.example.test", "StringEquals", "x", f"{GITHUB}:sub") is not None
    assert shared(f"{GITHUB}/acme", "StringEquals", "x", f"{GITHUB}/acme:sub") is None
    assert shared(GITHUB, "", "", Effect="Deny") is None
    assert shared(GITHUB, "", "", Action="sts:TagSession") is None
    both = {"StringLike": {f"{GITHUB}:sub": "x", f"{GITHUB}:job_workflow_ref": "*"}}
    principal = {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{GITHUB}"}
    assert said(trust(Principal=principal, Condition=both), "trust") is not None
    both["StringEquals"] = {f"{GITHUB}:sub": "x"}
    assert said(trust(Principal=principal, Condition=both), "trust") is None


def test_built_in_providers() -> None:
    google = {"Federated": "accounts.google.com"}
    found = said(trust(Principal=google), "trust")
    assert found is not None
    assert found.message == "Policy trusting accounts.google.com requires a StringEquals condition on an application id"
    for operator, key, stored in (
        ("StringEquals", "accounts.google.com:aud", True),
        ("StringEqualsIgnoreCase", "accounts.google.com:oaud", True),
        ("StringEquals", "ACCOUNTS.GOOGLE.COM:aud", False),
        ("StringLike", "accounts.google.com:aud", False),
        ("StringEqualsIfExists", "accounts.google.com:aud", False),
    ):
        assert (said(trust(Principal=google, Condition={operator: {key: "*"}}), "trust") is None) is stored, operator
    cognito = said(trust(Principal={"Federated": "cognito-identity.amazonaws.com"}), "trust")
    assert cognito is not None
    assert cognito.message == "A condition block must be present for the Cognito provider"


def test_what_stored_documents_may_still_hold() -> None:
    old = json.dumps(identity(None))
    assert not always_refused("identity", old) is not None
    doubled = json.dumps(identity()).replace('"Effect"', '"Action": "s3:Get*", "Effect"')
    assert said(doubled) is not None
    assert not always_refused("identity", doubled) is not None
    principal = {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{GITHUB}"}
    assert not always_refused("trust", json.dumps(trust(Principal=principal)))
    assert always_refused("trust", json.dumps(trust(Resource="*")))
    assert always_refused("identity", "not JSON") is not None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Effect": "Allow"}, "ALLOW"),
        ({"Principal": {"AWS": "111122223333"}}, "PRINCIPAL"),
        ({"Principal": None, "NotPrincipal": "*"}, "PRINCIPAL"),
        ({"Action": None, "NotAction": "sqs:*"}, "NOTACTION"),
        ({"Action": "*"}, "ACTION"),
        ({"Action": "lambda:*"}, "ACTION"),
        ({}, None),
        ({"Principal": {"AWS": "*"}}, None),
        ({"Action": "SQS:SendMessage"}, None),
        ({"Action": "sqs:NoSuchAction"}, None),
        ({"Resource": None, "NotResource": "arn:aws:sqs:*:*:x"}, None),
    ],
)
def test_resource_control_policies(changes: dict[str, Any], code: str | None) -> None:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*", **changes}
    document = {"Statement": {key: value for key, value in statement.items() if value is not None}}
    found = said(document, "rcp")

    assert (found.code if found else None) == (f"RCP_SYNTAX_ERROR_{code}" if code else None)


def test_sizes() -> None:
    big = identity(Sid="x" * 6200)
    found = said(big)
    assert found is not None
    assert found.verdict == "unknown"  # too much for a managed policy, not for a role's inline policies
    bigger = said(identity(Sid="x" * 10300))
    assert bigger is not None
    assert bigger.verdict == "rejected"
    assert said(json.dumps(identity(), indent=400)) is None  # white space does not count
