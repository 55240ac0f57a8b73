"""Trust policies on web identity calls: the mistakes of the reference on IAM evaluation, section 5."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustpath.engine import sts
from trustpath.engine.iam.decision import Decision, decide_trust
from trustpath.engine.iam.near_misses import ActionMiss, ConditionMiss, PrincipalMiss
from trustpath.model.arn import RoleArn
from trustpath.model.policy import MalformedPolicy, PolicyDocument, parse_policy

ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE1"
PROVIDER = f"arn:aws:iam::111122223333:oidc-provider/{ISSUER}"
ROLE = RoleArn("aws", "111122223333", "/", "checkout")
SUB, AUD = f"{ISSUER}:sub", f"{ISSUER}:aud"
OWN = "system:serviceaccount:payments:checkout"
OTHER = ISSUER.replace("EXAMPLE1", "EXAMPLE2")


def statement(condition: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
    }
    if condition is not None:
        base["Condition"] = condition
    return {**base, **changes}


def decide(*statements: dict[str, Any], issuer: str = ISSUER, audience: str = "sts.amazonaws.com") -> Decision:
    document = parse_policy(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))
    assert isinstance(document, PolicyDocument), document
    return decide_trust(document, sts.trust_request(sts.WebIdentityCall(ROLE, OWN, issuer, audience)))


@pytest.mark.parametrize(
    ("number", "conditions", "result"),
    [
        (1, None, "allowed"),
        (2, {"StringEquals": {AUD: "sts.amazonaws.com"}}, "allowed"),
        (3, {"StringEquals": {SUB: OWN}}, "allowed"),
        (4, {"StringLike": {SUB: "*"}}, "allowed"),
        (5, {"StringLike": {SUB: "system:serviceaccount:*:*"}}, "allowed"),
        (7, {"StringLike": {SUB: "system:serviceaccount:pay*"}}, "allowed"),
        (8, {"StringEquals": {SUB: "system:serviceaccount:payments:*"}}, "implicitly-denied"),
        (9, {"ForAllValues:StringEquals": {SUB: OWN}}, "allowed"),
        (10, {"ForAllValues:StringEquals": {f"{ISSUER}:iss": "x"}}, "allowed"),
        (11, {"StringEquals": {f"{ISSUER}:iss": f"https://{ISSUER}"}}, "implicitly-denied"),
        (12, {"StringEqualsIfExists": {SUB: OWN}}, "allowed"),
        (13, {"StringNotEquals": {SUB: "system:serviceaccount:payments:other"}}, "allowed"),
        (14, {"StringEquals": {SUB: OWN, f"{OTHER}:sub": OWN}}, "implicitly-denied"),
        (15, {"StringEquals": {SUB: OWN}, "StringLike": {SUB: "system:serviceaccount:x:*"}}, "implicitly-denied"),
        (17, {"StringEquals": {f"https://{SUB}": OWN}}, "implicitly-denied"),
        (18, {"StringEquals": {f"{OTHER}:sub": OWN}}, "implicitly-denied"),
        (19, {"StringEquals": {"oidc.eks.eu-west-1.amazonaws.com:sub": OWN}}, "implicitly-denied"),
        (20, {"StringEquals": {f"{PROVIDER}:sub": OWN}}, "implicitly-denied"),
        (21, {"StringEquals": {f"{ISSUER}/:sub": OWN}}, "implicitly-denied"),
        (22, {"StringEquals": {"OIDC_PROVIDER:sub": OWN}}, "implicitly-denied"),
        (23, {"StringEquals": {"sub": OWN}}, "implicitly-denied"),
        (34, {"StringEquals": {AUD: "sts.amazonaws.com.cn"}}, "implicitly-denied"),
        (35, {"StringEquals": {SUB: "system:serviceaccount:payments/checkout"}}, "implicitly-denied"),
        (36, {"StringEquals": {SUB: "system:serviceaccount:checkout:payments"}}, "implicitly-denied"),
        (37, {"StringEquals": {SUB: OWN + " "}}, "implicitly-denied"),
        (39, {"StringEquals": {SUB: "system:serviceaccount:${aws:username}:checkout"}}, "implicitly-denied"),
        (40, {"StringEquals": {SUB: OWN, "sts:ExternalId": "x"}}, "implicitly-denied"),
        (41, {"StringEquals": {"aws:PrincipalTag/team": "x"}}, "implicitly-denied"),
        (42, {"StringEquals": {f"{ISSUER}:kubernetes.io": "x"}}, "implicitly-denied"),
        (43, {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, "unknown"),
        ("case", {"StringEquals": {SUB.upper(): OWN}}, "allowed"),
        ("tls", {"StringEquals": {"aws:SecureTransport": "true"}}, "allowed"),
        ("new key", {"StringEquals": {"aws:SomethingNew": "x"}}, "unknown"),
    ],
    ids=lambda value: str(value) if isinstance(value, int | str) else "",
)
def test_conditions(number: int | str, conditions: dict[str, Any] | None, result: str) -> None:
    assert decide(statement(conditions)).result == result


@pytest.mark.parametrize(
    ("number", "changes", "result"),
    [
        (24, {"Principal": {"Federated": PROVIDER.replace("EXAMPLE1", "EXAMPLE2")}}, "implicitly-denied"),
        (25, {"Principal": {"Federated": PROVIDER.replace("111122223333", "444455556666")}}, "implicitly-denied"),
        (28, {"Principal": {"AWS": PROVIDER}}, "implicitly-denied"),
        (29, {"Principal": {"AWS": "*"}}, "implicitly-denied"),
        (30, {"Action": "sts:AssumeRole"}, "implicitly-denied"),
        (31, {"Action": "sts:AssumeRoleWithSAML"}, "implicitly-denied"),
        (46, {"Principal": {"Service": "pods.eks.amazonaws.com"}}, "implicitly-denied"),
        (69, {"Principal": {"Federated": PROVIDER.replace("arn:aws:", "arn:aws-cn:")}}, "implicitly-denied"),
        (70, {"Action": ["sts:TagSession", "STS:assumerole*"]}, "allowed"),
        ("list", {"Principal": {"Federated": ["arn:aws:iam::1:oidc-provider/x", PROVIDER]}}, "allowed"),
        ("star", {"Principal": "*"}, "unknown"),
        ("not action", {"Action": None, "NotAction": "s3:*"}, "allowed"),
    ],
    ids=lambda value: str(value) if isinstance(value, int | str) else "",
)
def test_elements(number: int | str, changes: dict[str, Any], result: str) -> None:
    changed = {key: value for key, value in statement(**changes).items() if value is not None}

    assert decide(changed).result == result


def test_deny_outweighs_allow_and_is_named() -> None:
    decision = decide(statement(), statement({"StringLike": {SUB: "*:checkout"}}, Effect="Deny", Sid="No"))

    assert decision.result == "explicitly-denied"
    assert [result.statement.sid for result in decision.decided_by] == ["No"]


def test_a_negated_deny_holds_for_an_absent_key() -> None:
    deny = statement({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}, Effect="Deny")

    assert decide(statement(), deny).result == "explicitly-denied"


def test_an_unknown_deny_makes_an_allow_unknown_and_a_denial_stay() -> None:
    deny = statement({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, Effect="Deny")

    assert decide(statement(), deny).result == "unknown"
    assert decide(statement({"StringEquals": {SUB: "x"}}), deny).result == "implicitly-denied"


def test_issuer_not_known() -> None:
    assert decide(statement({"StringEquals": {SUB: OWN}}), issuer="").result == "unknown"
    assert decide(statement(Principal={"Service": "ec2.amazonaws.com"}), issuer="").result == "implicitly-denied"
    elsewhere = {"Federated": PROVIDER.replace("111122223333", "444455556666")}
    assert decide(statement(Principal=elsewhere), issuer="").result == "implicitly-denied"


def test_audience_not_known() -> None:
    assert decide(statement({"StringEquals": {AUD: "sts.amazonaws.com"}}), audience="").result == "unknown"
    assert decide(statement({"StringEquals": {SUB: "x"}}), audience="").result == "implicitly-denied"


def test_near_misses_say_which_element_failed() -> None:
    far = statement(Principal={"Service": "ec2.amazonaws.com"}, Action="sts:AssumeRole")
    near = statement({"StringEquals": {SUB: "system:serviceaccount:payments:other", AUD: "sts.amazonaws.com"}})

    decision = decide(far, near)

    assert [result.statement.index for result in decision.near_misses] == [1, 0]
    (miss,) = decision.near_misses[0].misses
    assert isinstance(miss, ConditionMiss)
    assert miss.condition.key == SUB
    assert miss.condition.path == ("Statement", 1, "Condition", "StringEquals", SUB)
    assert [type(found) for found in decision.near_misses[1].misses] == [PrincipalMiss, ActionMiss]


def test_a_key_that_stands_twice_counts_once_and_is_reported() -> None:
    text = f'{{"Statement": {json.dumps(statement())[:-1]}, "Condition": {{"StringEquals": {{"{SUB}": "x"}},'
    text += f' "StringEquals": {{"{AUD}": "sts.amazonaws.com"}}}}}}}}'

    document = parse_policy(text)

    assert isinstance(document, PolicyDocument)
    assert document.doubled == (("Statement", "Condition", "StringEquals"),)
    assert [condition.key for condition in document.statements[0].conditions] == [AUD]
    assert document.version == "2008-10-17"


@pytest.mark.parametrize(
    ("document", "problem", "path"),
    [
        ("{", "not JSON", ()),
        ('"plain"', "not JSON", ()),
        ("[]", "not a JSON object", ()),
        ('{"Statement": [], "Version": "2012-10-17"}', "empty", ("Statement",)),
        ('{"Statements": []}', "no element of a policy document", ("Statements",)),
        ('{"Version": "2012", "Statement": []}', "neither 2012-10-17", ("Version",)),
        ('{"Statement": ["x"]}', "not a JSON object", ("Statement", 0)),
        ('{"Statement": {"Effect": "allow", "Action": "a:b"}}', "neither Allow nor Deny", ("Statement", "Effect")),
        ('{"Statement": {"Effect": "Allow"}}', "no `Action`", ("Statement",)),
        ('{"Statement": {"Effect": "Allow", "Action": "a", "NotAction": "b"}}', "both", ("Statement", "NotAction")),
        ('{"Statement": {"Effect": "Allow", "action": "a"}}', "no element of a statement", ("Statement", "action")),
        ('{"Statement": {"Effect": "Allow", "Action": null}}', "text is expected", ("Statement", "Action")),
        ('{"Statement": {"Effect": "Allow", "Action": "a", "Principal": []}}', "neither an object nor a star",
         ("Statement", "Principal")),
        ('{"Statement": {"Effect": "Allow", "Action": "a", "Condition": []}}', "not a JSON object",
         ("Statement", "Condition")),
        ('{"Statement": {"Effect": "Allow", "Action": "a", "Condition": {"Bool": "x"}}}', "not a JSON object",
         ("Statement", "Condition", "Bool")),
        ("[" * 100_000, "not JSON", ()),
    ],
)  # fmt: skip
def test_malformed(document: str, problem: str, path: tuple[str | int, ...]) -> None:
    found = parse_policy(document)

    assert isinstance(found, MalformedPolicy)
    assert problem in found.problem
    assert found.path == path


def test_numbers_and_booleans_are_text() -> None:
    document = parse_policy(
        '{"Statement": {"Effect": "Allow", "Action": "a", "Condition": {"Bool": {"k": [true, false, 1.50]}}}}'
    )

    # A number keeps its spelling; IAM compares text.
    assert isinstance(document, PolicyDocument)
    assert [text.value for text in document.statements[0].conditions[0].values] == ["true", "false", "1.50"]


SUBJECTS = st.sampled_from([OWN, "system:serviceaccount:payments:*", "system:serviceaccount:shop:checkout", "*"])
STATEMENTS = st.builds(
    lambda effect, operator, value, action: statement({operator: {SUB: value}}, Effect=effect, Action=action),
    st.sampled_from(["Allow", "Deny"]),
    st.sampled_from(["StringEquals", "StringLike", "StringNotEquals", "StringEqualsIfExists"]),
    SUBJECTS,
    st.sampled_from(["sts:AssumeRoleWithWebIdentity", "sts:AssumeRole", "sts:*"]),
)


@given(statements=st.lists(STATEMENTS, min_size=1, max_size=4), more=STATEMENTS)
def test_more_allow_never_denies_and_more_deny_never_allows(
    statements: list[dict[str, Any]], more: dict[str, Any]
) -> None:
    before = decide(*statements).result
    after = decide(*statements, more).result

    if more["Effect"] == "Allow":
        assert before != "allowed" or after == "allowed"
    else:
        assert after != "allowed" or before == "allowed"


@given(statements=st.lists(STATEMENTS, min_size=1, max_size=4), data=st.data())
def test_order_lists_and_case_do_not_matter(statements: list[dict[str, Any]], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(statements))
    respelled = [
        {**item, "Action": [item["Action"].upper()], "Condition": {
            operator: {key.upper(): [value] for key, value in keys.items()}
            for operator, keys in item["Condition"].items()
        }}
        for item in shuffled
    ]  # fmt: skip

    assert decide(*statements).result == decide(*shuffled).result == decide(*respelled).result
