"""Over generated trust policies: a denial is always explained, and an admission never."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.causes.pages import ask

ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE1"
PROVIDER = f"arn:aws:iam::111122223333:oidc-provider/{ISSUER}"
OWN = "system:serviceaccount:payments:checkout"

PRINCIPALS = st.sampled_from(
    [
        {"Federated": PROVIDER},
        {"Federated": [PROVIDER, "arn:aws:iam::111122223333:oidc-provider/example.com"]},
        {"Federated": PROVIDER.replace("EXAMPLE1", "EXAMPLE2")},
        {"Federated": PROVIDER.replace("111122223333", "444455556666")},
        {"Federated": "cognito-identity.amazonaws.com"},
        {"Federated": "arn:aws:iam::111122223333:saml-provider/x"},
        {"Federated": ISSUER},
        {"Service": "ec2.amazonaws.com"},
        {"AWS": "111122223333"},
        {"AWS": "*"},
        "*",
    ]
)
ACTIONS = st.sampled_from(
    ["sts:AssumeRoleWithWebIdentity", "sts:AssumeRole", "sts:*", ["sts:AssumeRole", "sts:TagSession"]]
)
KEYS = st.sampled_from(
    [
        f"{ISSUER}:sub",
        f"{ISSUER}:aud",
        f"https://{ISSUER}:sub",
        f"{ISSUER[:-1]}2:sub",
        ISSUER,
        "sub",
        "aws:SourceIp",
        "aws:userid",
        "sts:ExternalId",
    ]
)
VALUES = st.sampled_from(
    [OWN, "system:serviceaccount:shop:checkout", "system:serviceaccount:payments:*", "sts.amazonaws.com", "*", "x"]
)
OPERATORS = st.sampled_from(
    ["StringEquals", "StringLike", "StringNotEquals", "StringEqualsIfExists", "ForAnyValue:StringLike", "Bool"]
)
CONDITIONS = st.dictionaries(OPERATORS, st.dictionaries(KEYS, VALUES, min_size=1, max_size=2), max_size=2)
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Allow", "Deny"]), "Principal": PRINCIPALS, "Action": ACTIONS},
    optional={"Condition": CONDITIONS},
)


@settings(max_examples=200, deadline=None)
@given(statements=st.lists(STATEMENTS, min_size=1, max_size=3))
def test_every_denial_is_explained(statements: list[dict[str, Any]]) -> None:
    document = {"Version": "2012-10-17", "Statement": statements}
    role = {
        "RoleName": "checkout",
        "Arn": "arn:aws:iam::111122223333:role/checkout",
        "AssumeRolePolicyDocument": document,
    }

    with TemporaryDirectory() as folder:
        trace, _ = ask(f"Role: {json.dumps(role)}\n", Path(folder))

    assert bool(trace.causes) == (trace.outcome == "denied")
    assert all(cause.link == "trust-policy" and cause.help for cause in trace.causes)
