"""Mistakes of trust policies, by row of the reference on IAM evaluation, section 5."""

import json
from typing import Any

import pytest

from tests.engine.policy_lint.test_findings import AUD, GITHUB, OWN, PROVIDER, SUB, trust
from trustpath.engine.policy_lint.check import check

ISSUER = SUB.removesuffix(":sub")
OTHER = ISSUER.replace("EXAMPLE", "OTHER")
POD_IDENTITY = {"Service": "pods.eks.amazonaws.com"}
OKTA = {"Federated": "arn:aws:iam::111122223333:oidc-provider/login.example.com"}
S3_ISSUER = "rh-oidc.s3.us-east-1.amazonaws.com/24abc"
GITHUB_PROVIDER = {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{GITHUB}"}


def mistakes(document: Any) -> set[str]:
    text = document if isinstance(document, str) else json.dumps(document)
    return {finding.code for finding in check("trust", text).mistakes}


def subject(operator: str, value: Any, **changes: Any) -> dict[str, Any]:
    condition = {operator: {SUB: value}}
    condition.setdefault("StringEquals", {})[AUD] = "sts.amazonaws.com"
    return trust(Condition=condition, **changes)


def key(name: str, value: str = "x", **changes: Any) -> dict[str, Any]:
    return trust(Condition={"StringEquals": {**OWN["StringEquals"], name: value}}, **changes)


def github(value: Any, operator: str = "StringLike", aud: str = "sts.amazonaws.com") -> dict[str, Any]:
    condition: dict[str, Any] = {operator: {f"{GITHUB}:sub": value}}
    condition.setdefault("StringEquals", {})[f"{GITHUB}:aud"] = aud
    return trust(Principal=GITHUB_PROVIDER, Condition=condition)


ROWS: list[tuple[int, str, Any]] = [
    (1, "trust-every-service-account", trust(Condition=...)),
    (2, "trust-every-service-account", trust(Condition={"StringEquals": {AUD: "sts.amazonaws.com"}})),
    (3, "trust-audience-not-checked", trust(Condition={"StringEquals": {SUB: "system:serviceaccount:shop:api"}})),
    (4, "trust-every-service-account", subject("StringLike", "*")),
    (5, "trust-every-service-account", subject("StringLike", "system:serviceaccount:*:*")),
    (6, "trust-subject-open-namespace", subject("StringLike", "system:serviceaccount:*:api")),
    (7, "trust-subject-open-namespace", subject("StringLike", "system:serviceaccount:shop*")),
    (10, "trust-claim-is-no-key", key(f"{ISSUER}:iss")),
    (12, "trust-subject-if-exists", subject("StringEqualsIfExists", "system:serviceaccount:shop:api")),
    (13, "trust-subject-only-excluded", subject("StringNotEquals", "system:serviceaccount:shop:api")),
    (14, "trust-keys-of-two-issuers", key(f"{OTHER}:sub")),
    (
        15,
        "trust-conditions-never-meet",
        trust(Condition={**OWN, "StringLike": {SUB: "system:serviceaccount:other:*"}}),
    ),
    (17, "trust-key-with-scheme", key(f"https://{SUB}")),
    (18, "trust-key-of-another-issuer", trust(Condition={"StringEquals": {f"{OTHER}:sub": "x"}})),
    (19, "trust-key-of-another-issuer", key("oidc.eks.eu-west-1.amazonaws.com:sub")),
    (20, "trust-key-is-arn", key(f"{PROVIDER}:sub")),
    (21, "trust-key-trailing-slash", key(f"{ISSUER}/:sub")),
    (22, "trust-placeholder-left", key("OIDC_PROVIDER:sub")),
    (22, "trust-placeholder-left", key("${oidc.provider}:sub")),
    (28, "trust-provider-under-aws", trust(Principal={"AWS": PROVIDER})),
    (29, "trust-star-not-for-web-identity", trust(Principal={"AWS": "*"})),
    (34, "trust-audience-unusual", key(AUD, "sts.amazonaws.com.cn")),
    (34, "trust-aud-sub-swapped", key(AUD, "system:serviceaccount:shop:api")),
    (35, "trust-subject-malformed", subject("StringEquals", "system:serviceaccount:shop/api")),
    (35, "trust-subject-malformed", subject("StringEquals", "system:serviceaccounts:shop:api")),
    (35, "trust-subject-malformed", subject("StringEquals", "shop:api")),
    (37, "trust-subject-malformed", subject("StringEquals", "system:serviceaccount:Shop:api")),
    (37, "trust-subject-malformed", subject("StringEquals", "system:serviceaccount:shop:api ")),
    (39, "trust-variable-without-value", subject("StringEquals", "system:serviceaccount:shop:${aws:username}")),
    (40, "trust-key-never-there", key("sts:ExternalId")),
    (41, "trust-key-never-there", key("aws:PrincipalTag/team")),
    (42, "trust-claim-is-no-key", key(f"{ISSUER}:kubernetes.io/namespace")),
    (43, "trust-depends-on-network", key("aws:SourceIp", "203.0.113.1")),
    (44, "trust-deny-of-another-issuer", trust(Effect="Deny", Condition={"StringEquals": {f"{OTHER}:sub": "x"}})),
    (45, "trust-deny-of-another-issuer", trust(Effect="Deny", Condition={"StringNotLike": {f"{GITHUB}:sub": "x"}})),
    (
        47,
        "trust-pod-identity-without-tag-session",
        trust(Principal=POD_IDENTITY, Action="sts:AssumeRole", Condition=...),
    ),
    (
        48,
        "trust-pod-identity-wrong-service",
        trust(
            Principal={"Service": "eks.amazonaws.com"},
            Action=["sts:AssumeRole", "sts:TagSession"],
            Condition={"StringEquals": {"aws:RequestTag/kubernetes-namespace": "shop"}},
        ),
    ),
    (48, "trust-pod-identity-wrong-service", trust(Principal={"Service": "pod.eks.amazonaws.com"}, Condition=...)),
    (
        50,
        "trust-pod-identity-principal-tag",
        trust(
            Principal=POD_IDENTITY,
            Action=["sts:AssumeRole", "sts:TagSession"],
            Condition={"StringEquals": {"aws:PrincipalTag/kubernetes-namespace": "shop"}},
        ),
    ),
    (
        52,
        "trust-pod-identity-with-token-key",
        trust(Principal=POD_IDENTITY, Action=["sts:AssumeRole", "sts:TagSession"]),
    ),
    (
        55,
        "trust-session-malformed",
        trust(Principal={"AWS": "arn:aws:sts::111122223333:assumed-role/a/*"}, Condition=...),
    ),
    (55, "trust-session-malformed", trust(Principal={"AWS": "arn:aws:sts::111122223333:assumed-role/p/a/s"})),
    (
        58,
        "trust-external-id-if-exists",
        trust(
            Principal={"AWS": "444455556666"},
            Action="sts:AssumeRole",
            Condition={"StringEqualsIfExists": {"sts:ExternalId": "x"}},
        ),
    ),
    (61, "trust-github-owner-open", github("repo:acme*")),
    (61, "trust-github-repository-open", github("repo:acme/app*")),
    (62, "trust-github-everyone", github("repo:*")),
    (62, "trust-github-everyone", github("?*")),
    (62, "trust-github-everyone", github("repo:*:ref:refs/heads/main")),
    (
        67,
        "trust-github-host-misspelt",
        trust(Principal={"Federated": "arn:aws:iam::111122223333:oidc-provider/tokens.actions.githubusercontent.com"}),
    ),
    (68, "trust-every-service-account", subject("StringLike", ["system:serviceaccount:shop:api", "*"])),
    (4, "trust-every-subject", trust(Principal=OKTA, Condition=...)),
    (4, "trust-every-subject", trust(Principal=OKTA, Condition={"StringLike": {"login.example.com:sub": "*"}})),
    (4, "trust-every-service-account", subject("StringLike", "system:serviceaccount?*")),
    (6, "trust-subject-open-namespace", subject("StringLike", "*:api")),
    (6, "trust-subject-open-namespace", subject("StringLike", "system:serviceaccount:team-?:api")),
    (13, "trust-every-service-account", trust(Condition={"Null": {SUB: "false"}})),
    (21, "trust-provider-malformed", trust(Principal={"Federated": f"{PROVIDER}/"})),
    (22, "trust-placeholder-left", subject("StringEquals", "system:serviceaccount:${var.namespace}:api")),
    (22, "trust-placeholder-left", subject("StringEquals", "system:serviceaccount:${NAMESPACE}:api")),
    (34, "trust-audience-unusual", key(AUD, "sts.amazon.com")),
    (34, "trust-audience-unusual", key(AUD, "")),
    (35, "trust-subject-malformed", subject("StringLike", "shop:*")),
    (35, "trust-subject-malformed", subject("StringLike", "system:serviceaccounts:shop:*")),
    (35, "trust-subject-malformed", subject("StringLike", "system:serviceaccount:shop:*:more")),
    (37, "trust-subject-malformed", subject("StringLike", "system:serviceaccount:Shop:*")),
    (39, "trust-variable-without-value", subject("StringEquals", "system:serviceaccount:${aws:PrincipalTag/ns}:api")),
    (61, "trust-github-repository-open", github("repo:acme/app*:ref:refs/heads/main")),
    (62, "trust-github-everyone", github("rep*")),
    (62, "trust-github-everyone", github(["repo:acme/app:*", "r*"])),
    (62, "trust-subject-malformed", github("repo:acme/app:*", "StringEquals")),
    (64, "trust-audience-unusual", github("repo:acme/app:*", aud="https://github.com/acme")),
    (70, "trust-actions-too-wide", trust(Action="sts:*")),
]


@pytest.mark.parametrize(("row", "code", "document"), ROWS, ids=[f"{row}-{i}" for i, (row, _, _) in enumerate(ROWS)])
def test_row(row: int, code: str, document: Any) -> None:
    assert code in mistakes(document), row


def test_a_doubled_key_loses_what_the_first_one_demands() -> None:
    text = json.dumps(trust()).replace(f'"{AUD}"', f'"{SUB}": "system:serviceaccount:x:y", "{AUD}"')

    assert mistakes(text) == {"doubled-key"}


@pytest.mark.parametrize(
    "document",
    [
        trust(),
        subject("StringLike", "system:serviceaccount:shop:*"),
        subject("StringEquals", ["system:serviceaccount:shop:api", "system:serviceaccount:shop:web"]),
        trust(Effect="Deny"),
        trust(Principal=POD_IDENTITY, Action=["sts:AssumeRole", "sts:TagSession"], Condition=...),
        trust(Principal={"AWS": "arn:aws:iam::111122223333:role/a"}, Action="sts:AssumeRole", Condition=...),
        trust(Principal={"Service": "ec2.amazonaws.com"}, Action="sts:AssumeRole", Condition=...),
        github("repo:acme/app:ref:refs/heads/*"),
        key("sts:RoleSessionName", "botocore"),
        # What fits exactly one service account, however it is written.
        subject("StringLike", "*:shop:api"),
        subject("StringLike", "system:*:shop:api"),
        subject("StringEqualsIgnoreCase", "system:serviceaccount:Shop:API"),
        # The Auto Mode cluster role of the EKS User Guide.
        trust(Principal={"Service": "eks.amazonaws.com"}, Action=["sts:AssumeRole", "sts:TagSession"], Condition=...),
        # An application of another OIDC provider, told apart by its audience or its subject.
        trust(Principal=OKTA, Condition={"StringEquals": {"login.example.com:aud": "0oa1"}}),
        trust(
            Principal={"Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.geeks.example.com/realms/x"},
            Condition={
                "StringEquals": {
                    "oidc.geeks.example.com/realms/x:sub": "5b1f",
                    "oidc.geeks.example.com/realms/x:aud": "app",
                }
            },
        ),
        github("repo:acme/*"),
    ],
    ids=range(16),
)
def test_nothing_to_say(document: Any) -> None:
    assert mistakes(document) == set()


def test_the_tags_may_be_allowed_in_a_statement_of_their_own() -> None:
    document = trust(Principal=POD_IDENTITY, Action="sts:AssumeRole", Condition=...)
    assert mistakes(document) == {"trust-pod-identity-without-tag-session"}
    document["Statement"].append({"Effect": "Allow", "Principal": POD_IDENTITY, "Action": "sts:TagSession"})
    assert mistakes(document) == set()


def test_an_issuer_is_a_clusters_when_it_is_asked_for_service_accounts() -> None:
    provider = {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{S3_ISSUER}"}
    wide = {"StringLike": {f"{S3_ISSUER}:sub": "system:serviceaccount:shop*", f"{S3_ISSUER}:aud": "sts.amazonaws.com"}}
    assert mistakes(trust(Principal=provider, Condition=wide)) == {"trust-subject-open-namespace"}
    audience = {"StringEquals": {f"{S3_ISSUER}:aud": "sts.amazonaws.com"}}
    assert mistakes(trust(Principal=provider, Condition=audience)) == {"trust-every-service-account"}


def test_a_negated_pattern_lets_nobody_in() -> None:
    document = github("repo:acme/app:*")
    document["Statement"][0]["Condition"]["StringNotLike"] = {f"{GITHUB}:sub": "repo:acme/app-*"}

    assert mistakes(document) == set()


def test_an_unknown_action_of_a_control_policy_is_named() -> None:
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sqs:Sent", "Resource": "*"}],
    }
    assert [finding.code for finding in check("rcp", json.dumps(document)).mistakes] == ["action-not-found"]
