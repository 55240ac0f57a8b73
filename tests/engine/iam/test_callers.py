"""What a kind of caller can do whatever its policies say, and whom a Principal element may name."""

import json
from typing import Any

import pytest

from trustpath.cli.decide_iam import answer
from trustpath.engine.iam.decision import decide
from trustpath.engine.iam.document import CompiledPolicy
from trustpath.engine.iam.layers import Policies
from trustpath.engine.iam.request import OidcPrincipal, Request, RequestContext
from trustpath.model.policy import PolicyDocument, parse_policy

ACCOUNT = "111122223333"
ALICE = {"type": "iam-user", "arn": f"arn:aws:iam::{ACCOUNT}:user/alice"}
FEDERATED = {"type": "iam-user", "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/alice"}
SESSION = {
    "type": "role-session",
    "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/R/s",
    "role_arn": f"arn:aws:iam::{ACCOUNT}:role/R",
}
ROOT = {"type": "account-root", "account": ACCOUNT}
OIDC = {"type": "oidc", "provider": f"arn:aws:iam::{ACCOUNT}:oidc-provider/example.com"}
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/T"


def ask(principal: Any, action: str, on: str, unknown: Any = (), **policies: Any) -> str:
    asked = {"principal": principal, "action": action, "resource": on, "resource_account": ACCOUNT}
    question = {"request": asked, "policies": policies, "unknown_context_keys": list(unknown)}
    said = answer(json.dumps(question).encode())  # type: ignore[arg-type]  # the decoder takes any bytes
    assert said["unknown"] == list(unknown) or said["result"] != "Unknown" or not unknown
    return str(said["result"])


def statement(effect: str, principal: Any, action: str = "*", **rest: Any) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": effect, "Principal": principal, "Action": action, **rest}],
    }


@pytest.mark.parametrize("element", ["Action", "Resource"])
def test_both_of_two_equal_elements_count(element: str) -> None:
    values = {"Action": ['"s3:GetObject"', '"s3:PutObject"'], "Resource": ['"arn:aws:s3:::b/k"', '"arn:aws:s3:::b/x"']}
    first, second = values[element]
    other = '"Resource": "*"' if element == "Action" else '"Action": "s3:*"'
    deny = (
        f'{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","{element}":{first},"{element}":{second},{other}}}]}}'
    )

    assert ask(ALICE, "s3:GetObject", "arn:aws:s3:::b/k", identity=[EVERYTHING, deny]) == "ExplicitlyDenied"


def test_two_principals_under_one_name_are_not_decided() -> None:
    deny = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*",'
        f'"Principal":{{"AWS":"{ALICE["arn"]}","AWS":"arn:aws:iam::{ACCOUNT}:user/bob"}}}}]}}'
    )

    assert ask(ALICE, "s3:GetObject", "arn:aws:s3:::b/k", identity=[EVERYTHING], resource=deny) == "Unknown"


def test_a_federated_user_has_no_permissions_without_a_session_policy() -> None:
    assert ask(FEDERATED, "s3:GetObject", "arn:aws:s3:::b/k", identity=[EVERYTHING]) == "ImplicitlyDenied"
    assert ask(FEDERATED, "s3:GetObject", "arn:aws:s3:::b/k", identity=[EVERYTHING], session=EVERYTHING) == "Allowed"
    own = statement("Allow", {"AWS": FEDERATED["arn"]}, Resource="*")
    assert ask(FEDERATED, "s3:GetObject", "arn:aws:s3:::b/k", resource=own) == "Allowed"


@pytest.mark.parametrize("action", ["iam:ListUsers", "sts:AssumeRole"])
def test_a_federated_user_cannot_call_iam_or_sts(action: str) -> None:
    trust = statement("Allow", {"AWS": ACCOUNT}, "sts:AssumeRole")
    said = ask(FEDERATED, action, ROLE, identity=[EVERYTHING], session=EVERYTHING, resource=trust)

    assert said == "ImplicitlyDenied"


def test_the_name_of_a_federated_user_does_not_tell_which_user_made_it() -> None:
    policies = {"identity": [EVERYTHING], "session": EVERYTHING}
    deny = statement("Deny", {"AWS": ALICE["arn"]}, Resource="*")
    assert ask(FEDERATED, "s3:GetObject", "arn:aws:s3:::b/k", **policies, resource=deny) == "Unknown"
    other_account = statement("Deny", {"AWS": "arn:aws:iam::444455556666:user/alice"}, Resource="*")
    assert ask(FEDERATED, "s3:GetObject", "arn:aws:s3:::b/k", **policies, resource=other_account) == "Allowed"


@pytest.mark.parametrize(
    ("principal", "action"),
    [
        (ROOT, "sts:AssumeRole"),
        ({"type": "anonymous"}, "sts:AssumeRole"),
        (OIDC, "sts:AssumeRole"),
        (ALICE, "sts:AssumeRoleWithWebIdentity"),
        (SESSION, "sts:AssumeRoleWithSAML"),
        (
            {"type": "oidc", "provider": "arn:aws:iam::444455556666:oidc-provider/example.com"},
            "sts:AssumeRoleWithWebIdentity",
        ),
    ],
)
def test_calls_that_a_caller_cannot_make(principal: Any, action: str) -> None:
    everybody = {
        "AWS": ["*", ALICE["arn"]],
        "Federated": [OIDC["provider"], principal.get("provider", "x.example.com")],
    }

    assert ask(principal, action, ROLE, resource=statement("Allow", everybody, action)) == "ImplicitlyDenied"


def test_a_provider_of_the_roles_account_can() -> None:
    action = "sts:AssumeRoleWithWebIdentity"

    assert ask(OIDC, action, ROLE, resource=statement("Allow", {"Federated": OIDC["provider"]}, action)) == "Allowed"


@pytest.mark.parametrize(("principal", "verdict"), [(ALICE, "Unknown"), (SESSION, "Unknown"), (ROOT, "Allowed")])
def test_a_unique_id_may_be_the_callers(principal: Any, verdict: str) -> None:
    deny = statement("Deny", {"AWS": "AIDAEXAMPLEEXAMPLEAAA"}, Resource="*")
    said = ask(principal, "s3:GetObject", "arn:aws:s3:::b/k", ["aws:userid"], identity=[EVERYTHING], resource=deny)

    assert said == verdict


@pytest.mark.parametrize(
    ("principal", "verdict"), [(ALICE, "Allowed"), (ROOT, "Allowed"), (SESSION, "ImplicitlyDenied")]
)
def test_a_session_token_needs_no_permission(principal: Any, verdict: str) -> None:
    assert ask(principal, "sts:GetSessionToken", "*") == verdict


def test_no_deny_keeps_the_owners_root_from_repairing_a_bucket_policy() -> None:
    deny = statement("Deny", "*", "s3:*", Resource="arn:aws:s3:::b")
    assert ask(ROOT, "s3:DeleteBucketPolicy", "arn:aws:s3:::b", resource=deny) == "Allowed"
    assert ask(ROOT, "s3:ListBucket", "arn:aws:s3:::b", resource=deny) == "ExplicitlyDenied"
    assert (
        ask(ALICE, "s3:DeleteBucketPolicy", "arn:aws:s3:::b", identity=[EVERYTHING], resource=deny)
        == "ExplicitlyDenied"
    )


def test_what_aws_owns_is_nobodys_account() -> None:
    asked = {"principal": ALICE, "action": "iam:GetPolicy", "resource": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    question = {"request": asked, "policies": {"identity": [EVERYTHING]}}

    assert answer(json.dumps(question).encode())["result"] == "Allowed"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("allow", "deny"),
    [
        ({"StringEqualsIgnoreCase": {"x:k": "prod"}}, {"StringEquals": {"x:k": ["prod", "PROD"]}}),
        ({"NumericEquals": {"x:k": "1"}}, {"StringEquals": {"x:k": "1"}}),
        ({"DateEquals": {"x:k": "2026-01-01"}}, {"StringEquals": {"x:k": ["2026-01-01", "1767225600"]}}),
        ({"NumericLessThan": {"x:k": "1" + "0" * 30}}, {"NumericGreaterThan": {"x:k": "1" + "0" * 30}}),
    ],
)
def test_a_key_compared_in_two_ways_stays_unknown(allow: Any, deny: Any) -> None:
    statements = [
        {"Effect": effect, "Action": "*", "Resource": "*", "Condition": condition}
        for effect, condition in (("Allow", allow), ("Deny", deny))
    ]
    identity = [{"Version": "2012-10-17", "Statement": statements}]

    assert ask(ALICE, "s3:GetObject", "arn:aws:s3:::b/k", ["x:k"], identity=identity) == "Unknown"


def test_half_a_surrogate_pair_is_no_text() -> None:
    document = '{"Version":"2012-10-17","Statement":[{"Sid":"\\ud800","Effect":"Allow","Action":"*","Resource":"*"}]}'

    assert ask(ALICE, "s3:GetObject", "arn:aws:s3:::b/k", identity=[document]) == "Unknown"


def test_what_a_control_policy_denies_is_told_by_its_own_star() -> None:
    deny = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}],
    }
    trust = statement("Allow", {"Federated": OIDC["provider"]}, "sts:AssumeRoleWithWebIdentity")
    control = CompiledPolicy("rcp", parsed(deny))
    policies = Policies(resource=CompiledPolicy("trust", parsed(trust)), rcps=((control,),))
    caller = OidcPrincipal(OIDC["provider"], "aws", ACCOUNT)
    decision = decide(Request(caller, "sts:AssumeRoleWithWebIdentity", ROLE, RequestContext({}), ACCOUNT), policies)

    assert (decision.result, decision.layer) == ("explicitly-denied", "rcp")
    assert [(item.policy, item.applies) for item in decision.decided_by] == [("rcp", True)]


def parsed(document: dict[str, Any]) -> PolicyDocument:
    found = parse_policy(json.dumps(document))
    assert isinstance(found, PolicyDocument)
    return found


def test_a_policy_that_only_names_the_account_grants_nothing_by_itself() -> None:
    account = statement("Allow", {"AWS": ACCOUNT}, Resource="*")
    asked = {"principal": ALICE, "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k", "resource_account": ACCOUNT}
    question = {"request": asked, "policies": {"identity": [EVERYTHING], "resource": account}}

    assert answer(json.dumps(question).encode())["decided_by"] == "identity"  # type: ignore[arg-type]
