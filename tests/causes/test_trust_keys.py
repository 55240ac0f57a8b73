"""Condition keys that are meant to be the issuer's, one slip at a time."""

from pathlib import Path

import pytest

from tests.causes.pages import ask

ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE1"
OWN = "system:serviceaccount:payments:checkout"


def role(*conditions: str) -> str:
    lines = "".join(f"          {line}\n" for line in conditions)
    return f"""\
Role:
  RoleName: checkout
  Arn: arn:aws:iam::111122223333:role/checkout
  AssumeRolePolicyDocument:
    Version: "2012-10-17"
    Statement:
    - Effect: Allow
      Principal: {{Federated: "arn:aws:iam::111122223333:oidc-provider/{ISSUER}"}}
      Action: sts:AssumeRoleWithWebIdentity
      Condition:
        StringEquals:
{lines}"""


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (f"https://{ISSUER}:sub", "scheme"),
        (f"arn:aws:iam::111122223333:oidc-provider/{ISSUER}:sub", "provider's ARN"),
        (f"{ISSUER}/:sub", "slash"),
        ("oidc.eks.eu-west-1.amazonaws.com:sub", "only the issuer's host"),
        ("oidc.eks.eu-west-1.amazonaws.com/EXAMPLE1:sub", "another issuer"),
        (f"{ISSUER.replace('EXAMPLE1', 'OLDCLUSTER')}:sub", "another issuer"),
        ("OIDC_PROVIDER:sub", "placeholder"),
        ("${OIDC}:sub", "placeholder"),
        ("sub", "lacks the issuer"),
        (ISSUER, "lacks the claim"),
        (f"{ISSUER}:subject", "not one of a token's"),
    ],
)
def test_malformed_key(key: str, why: str, tmp_path: Path) -> None:
    trace, _ = ask(role(f'"{ISSUER}:aud": sts.amazonaws.com', f'"{key}": {OWN}'), tmp_path)

    assert [cause.id for cause in trace.causes] == ["trust-condition-key-malformed"]
    assert trace.causes[0].expected == f"{ISSUER}:sub"
    assert why in trace.causes[0].explanation


@pytest.mark.parametrize("key", [f"{ISSUER}:iss", f"{ISSUER}:kubernetes.io", "sts:ExternalId", "aws:PrincipalTag/team"])
def test_keys_that_a_call_never_carries(key: str, tmp_path: Path) -> None:
    trace, _ = ask(role(f'"{ISSUER}:sub": {OWN}', f'"{key}": x'), tmp_path)

    assert [cause.id for cause in trace.causes] == ["trust-condition-not-met"]


def test_two_clusters_in_one_statement(tmp_path: Path) -> None:
    other = ISSUER.replace("EXAMPLE1", "EXAMPLE2")
    trace, _ = ask(
        role(*(f'"{issuer}:{claim}": {value}' for issuer in (ISSUER, other) for claim, value in
               (("aud", "sts.amazonaws.com"), ("sub", OWN)))),
        tmp_path,
    )  # fmt: skip

    assert [cause.id for cause in trace.causes] == ["trust-conditions-anded"]
    assert len(trace.causes[0].evidence) == 2


def test_the_nearest_of_several_statements_is_explained(tmp_path: Path) -> None:
    near = role(f'"{ISSUER}:sub": system:serviceaccount:payments:checkout-v2')
    far = """\
    - Effect: Allow
      Principal: {Service: ec2.amazonaws.com}
      Action: sts:AssumeRole
    - Effect: Allow
      Principal: {Federated: "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}
      Action: sts:AssumeRoleWithWebIdentity
"""
    trace, _ = ask(near + far, tmp_path)

    assert [cause.id for cause in trace.causes] == ["trust-sub-service-account-mismatch"]


def test_the_nearest_of_several_values_is_shown(tmp_path: Path) -> None:
    values = "[system:serviceaccount:shop:web, system:serviceaccount:payments:chekout, system:serviceaccount:a:b]"
    trace, shown = ask(role(f'"{ISSUER}:sub": {values}'), tmp_path)

    assert trace.causes[0].id == "trust-sub-service-account-mismatch"
    assert trace.causes[0].got == "system:serviceaccount:payments:chekout"
    assert "nearly the same name" in shown


@pytest.mark.parametrize(
    ("value", "cause", "why"),
    [
        ("system:serviceaccount:checkout:payments", "trust-sub-service-account-mismatch", "swapped"),
        ("system:serviceaccount:payments:Checkout", "trust-sub-service-account-mismatch", "case or by a blank"),
        ("'system:serviceaccount:payments:checkout '", "trust-sub-service-account-mismatch", "case or by a blank"),
        ("payments/checkout", "trust-sub-service-account-mismatch", "has not the form"),
        ("system:serviceaccount:shop:web", "trust-sub-service-account-mismatch", "the policy names `shop/web`"),
        ("system:serviceaccount:shop:checkout", "trust-sub-namespace-mismatch", "part of the token's subject"),
        ("'system:serviceaccount:pay*:checkout'", "trust-wildcard-with-stringequals", "As a pattern"),
        ("'system:serviceaccount:shop:*'", "trust-sub-namespace-mismatch", "part of the token's subject"),
        ("sts.amazonaws.com", "trust-aud-sub-swapped", "whom the token is meant for"),
    ],
)
def test_subjects(value: str, cause: str, why: str, tmp_path: Path) -> None:
    trace, _ = ask(role(f'"{ISSUER}:sub": {value}'), tmp_path)

    assert [found.id for found in trace.causes] == [cause]
    assert why in trace.causes[0].explanation
    assert trace.causes[0].evidence[0].line > 0


def test_another_role_of_somebody_else(tmp_path: Path) -> None:
    """A provider that exists and looks nothing like the cluster's is meant for somebody else."""
    github = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
    own = f"arn:aws:iam::111122223333:oidc-provider/{ISSUER}"
    listed = f"OpenIDConnectProviderList:\n- Arn: {own}\n- Arn: {github}\n---\n"
    facts = listed + role(f'"{ISSUER}:sub": x').replace(f'"{own}"', f'"{github}"')

    trace, _ = ask(facts, tmp_path)

    assert [cause.id for cause in trace.causes] == ["trust-not-web-identity"]
