"""Layers and principals, row by row beside the reference on IAM evaluation, 1.2, 4.1 and 4.2."""

import json
from typing import Any

import pytest

from trustpath.cli.decide_iam import answer

A, B = "111122223333", "444455556666"
USER: dict[str, Any] = {"type": "iam-user", "arn": f"arn:aws:iam::{A}:user/alice", "account": A}
FOREIGN: dict[str, Any] = {"type": "iam-user", "arn": f"arn:aws:iam::{B}:user/eve", "account": B}
SESSION: dict[str, Any] = {
    "type": "role-session",
    "arn": f"arn:aws:sts::{A}:assumed-role/app/s1",
    "role_arn": f"arn:aws:iam::{A}:role/team/app",
    "account": A,
}
ROOT: dict[str, Any] = {"type": "account-root", "account": A}
SERVICE: dict[str, Any] = {"type": "service", "name": "pods.eks.amazonaws.com"}
NOBODY: dict[str, Any] = {"type": "anonymous"}
OIDC: dict[str, Any] = {"type": "oidc", "provider": f"arn:aws:iam::{A}:oidc-provider/x.example.com"}
OBJECT, ROLE = "arn:aws:s3:::data/x", f"arn:aws:iam::{A}:role/target"
KEY = f"arn:aws:kms:eu-west-1:{A}:key/1"
ROOT_OF = {account: {"AWS": f"arn:aws:iam::{account}:root"} for account in (A, B)}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: str = "*", **elements: Any) -> dict[str, Any]:
    return policy({"Effect": "Allow", "Action": action, "Resource": "*", **elements})


def deny(action: str = "*", **elements: Any) -> dict[str, Any]:
    return policy({"Effect": "Deny", "Action": action, "Resource": "*", **elements})


def trust(principal: Any, action: str = "sts:AssumeRole", **elements: Any) -> dict[str, Any]:
    return policy({"Effect": "Allow", "Principal": principal, "Action": action, **elements})


OTHER = allow("ec2:*")


def ask(
    principal: dict[str, Any],
    action: str = "s3:GetObject",
    target: str = OBJECT,
    *,
    owner: str = A,
    context: dict[str, Any] | None = None,
    unknown: tuple[str, ...] = (),
    **layers: Any,
) -> dict[str, Any]:
    question = {
        "id": 1,
        "request": {
            "principal": principal,
            "action": action,
            "resource": target,
            "resource_account": owner,
            "context": context or {},
        },
        "policies": layers,
        "unknown_context_keys": list(unknown),
    }
    return answer(json.dumps(question).encode())  # type: ignore[arg-type]  # the decoder takes any bytes


def verdict(*args: Any, **kwargs: Any) -> str:
    return str(ask(*args, **kwargs)["result"])


@pytest.mark.parametrize(
    ("named", "caller", "identity", "limits", "expected"),
    [
        # Who the bucket's policy names, and what that skips (4.1). `limits` do not allow.
        (USER["arn"], USER, None, "boundary", "Allowed"),
        (USER["arn"], USER, None, None, "Allowed"),
        (SESSION["role_arn"], SESSION, None, None, "Allowed"),
        (SESSION["role_arn"], SESSION, None, "boundary", "ImplicitlyDenied"),
        (SESSION["role_arn"], SESSION, None, "session", "ImplicitlyDenied"),
        (SESSION["arn"], SESSION, None, "boundary", "Allowed"),
        (SESSION["arn"], SESSION, None, "session", "Allowed"),
        ("*", SESSION, None, "session", "Allowed"),
        (A, USER, None, None, "ImplicitlyDenied"),
        (A, USER, allow(), None, "Allowed"),
        (A, USER, allow(), "boundary", "ImplicitlyDenied"),
        (f"arn:aws:iam::{A}:root", SESSION, allow(), "session", "ImplicitlyDenied"),
        (f"arn:aws:iam::{A}:user/*", USER, None, None, "ImplicitlyDenied"),
        (f"arn:aws:iam::{A}:user/Alice", USER, None, None, "ImplicitlyDenied"),
        ("AIDAEXAMPLEEXAMPLE12", USER, None, None, "ImplicitlyDenied"),
        ("arn:aws:sts::111122223333:assumed-role/app/s2", SESSION, None, None, "ImplicitlyDenied"),
        (f"arn:aws:iam::{A}:role/app", SESSION, None, None, "ImplicitlyDenied"),  # without the path
    ],
)
def test_how_a_resource_policy_names_the_caller(
    named: str, caller: dict[str, Any], identity: Any, limits: str | None, expected: str
) -> None:
    layers: dict[str, Any] = {"identity": [identity] if identity else []}
    if limits == "boundary":
        layers["boundary"] = [OTHER]
    elif limits == "session":
        layers["session"] = OTHER

    assert verdict(caller, **layers, resource=allow(Principal={"AWS": named})) == expected


def test_a_unique_id_names_who_carries_it() -> None:
    context = {"aws:userid": "AIDAEXAMPLEEXAMPLE12"}
    resource = allow(Principal={"AWS": "AIDAEXAMPLEEXAMPLE12"})

    assert verdict(USER, context=context, resource=resource) == "Allowed"


def test_deny_of_any_layer_decides_and_is_named() -> None:
    everything: dict[str, Any] = {
        "identity": [allow()],
        "resource": allow(Principal="*"),
        "boundary": [allow()],
        "session": allow(),
        "scps": [[allow()]],
        "rcps": [[]],
    }
    assert verdict(SESSION, **everything) == "Allowed"
    for layer, value in {
        "identity": [allow(), deny()],
        "resource": deny(Principal={"AWS": A}),
        "boundary": [deny()],
        "session": deny(),
        "scps": [[allow(), deny()]],
        "rcps": [[deny("s3:*", Principal="*")]],
    }.items():
        said = ask(SESSION, **{**everything, layer: value})
        assert said["result"] == "ExplicitlyDenied", layer
        assert said["decided_by"] == {"scps": "scp", "rcps": "rcp"}.get(layer, layer)
        assert said["statements"][0]["policy"].startswith(layer)


@pytest.mark.parametrize(
    ("layers", "decided_by"),
    [
        ({"identity": []}, "identity"),
        ({"identity": [allow()], "boundary": [OTHER]}, "boundary"),
        ({"identity": [allow()], "session": OTHER}, "session"),
        ({"identity": [allow()], "scps": [[allow()], [OTHER]]}, "scp"),  # every level
        ({"identity": [allow()], "scps": [[]]}, "scp"),
    ],
)
def test_the_layer_that_does_not_allow_is_named(layers: dict[str, Any], decided_by: str) -> None:
    said = ask(SESSION, **layers)

    assert (said["result"], said["decided_by"]) == ("ImplicitlyDenied", decided_by)


@pytest.mark.parametrize(
    ("identity", "resource", "expected"),
    [
        ([allow()], None, "ImplicitlyDenied"),
        ([], allow(Principal={"AWS": FOREIGN["arn"]}), "ImplicitlyDenied"),
        ([allow()], allow(Principal={"AWS": FOREIGN["arn"]}), "Allowed"),
        ([allow()], allow(Principal=ROOT_OF[B]), "Allowed"),
        ([allow()], allow(Principal="*"), "Allowed"),
        ([], allow(Principal="*"), "ImplicitlyDenied"),
        ([allow()], allow(Principal=ROOT_OF[A]), "ImplicitlyDenied"),
    ],
)
def test_across_accounts_both_sides_allow(identity: Any, resource: Any, expected: str) -> None:
    assert verdict(FOREIGN, identity=identity, resource=resource) == expected


@pytest.mark.parametrize(
    ("caller", "identity", "document", "expected"),
    [
        (USER, [allow()], None, "ImplicitlyDenied"),
        (USER, [allow()], trust(ROOT_OF[B]), "ImplicitlyDenied"),
        (USER, [], trust({"AWS": USER["arn"]}), "Allowed"),
        (USER, [], trust(ROOT_OF[A]), "ImplicitlyDenied"),
        (USER, [allow("sts:AssumeRole")], trust(ROOT_OF[A]), "Allowed"),
        (USER, [], trust({"AWS": "*"}), "Allowed"),
        (FOREIGN, [], trust({"AWS": FOREIGN["arn"]}), "ImplicitlyDenied"),
        (FOREIGN, [allow("sts:*")], trust({"AWS": FOREIGN["arn"]}), "Allowed"),
        (FOREIGN, [], trust({"AWS": "*"}), "ImplicitlyDenied"),
        (SESSION, [], trust({"AWS": SESSION["role_arn"]}), "Allowed"),
        (SERVICE, [], trust({"Service": ["ec2.amazonaws.com", "pods.eks.amazonaws.com"]}), "Allowed"),
        (SERVICE, [], trust({"Service": "eks.amazonaws.com"}), "ImplicitlyDenied"),
        (SERVICE, [], trust({"AWS": "*"}), "Unknown"),
        (ROOT, [], trust(ROOT_OF[A]), "ImplicitlyDenied"),  # the root user cannot assume roles
        (USER, [], trust("*"), "Unknown"),  # IAM stores no such trust policy
    ],
)
def test_assuming_a_role(caller: dict[str, Any], identity: Any, document: Any, expected: str) -> None:
    assert verdict(caller, "sts:AssumeRole", ROLE, identity=identity, resource=document) == expected


def test_session_tags_are_a_permission_of_their_own() -> None:
    document = trust({"AWS": USER["arn"]}, "sts:AssumeRole")

    assert verdict(USER, "sts:TagSession", ROLE, resource=document) == "ImplicitlyDenied"
    document = trust({"AWS": USER["arn"]}, ["sts:AssumeRole", "sts:TagSession"])  # type: ignore[arg-type]
    assert verdict(USER, "sts:TagSession", ROLE, resource=document) == "Allowed"


@pytest.mark.parametrize(
    ("identity", "key_policy", "expected"),
    [
        ([allow()], None, "ImplicitlyDenied"),
        ([allow()], allow("kms:*", Principal=ROOT_OF[A]), "Allowed"),
        ([], allow("kms:*", Principal=ROOT_OF[A]), "ImplicitlyDenied"),
        ([], allow("kms:*", Principal={"AWS": USER["arn"]}), "Allowed"),
        ([allow()], allow("kms:*", Principal={"AWS": SESSION["role_arn"]}), "ImplicitlyDenied"),
    ],
)
def test_a_key_policy_has_to_allow(identity: Any, key_policy: Any, expected: str) -> None:
    assert verdict(USER, "kms:Decrypt", KEY, identity=identity, resource=key_policy) == expected


def test_keys_without_a_policy_of_their_own_need_none() -> None:
    assert verdict(USER, "kms:ListKeys", "*", identity=[allow()]) == "Allowed"


def test_root_user() -> None:
    assert verdict(ROOT) == "Allowed"
    assert verdict(ROOT, resource=deny(Principal=ROOT_OF[A])) == "ExplicitlyDenied"
    assert verdict(ROOT, scps=[[OTHER]]) == "ImplicitlyDenied"
    assert verdict({"type": "account-root", "account": B}) == "ImplicitlyDenied"
    assert verdict({"type": "account-root", "account": B}, resource=allow(Principal=ROOT_OF[B])) == "Allowed"


def test_callers_without_an_account() -> None:
    assert verdict(NOBODY, resource=allow(Principal="*")) == "Allowed"
    assert verdict(NOBODY, resource=allow(Principal={"AWS": "*"})) == "Allowed"
    assert verdict(NOBODY, resource=allow(Principal={"AWS": A})) == "ImplicitlyDenied"
    assert verdict(SERVICE, resource=allow(Principal={"AWS": "*"})) == "Allowed"
    assert verdict(SERVICE, scps=[[OTHER]], resource=allow(Principal={"Service": SERVICE["name"]})) == "Allowed"


def test_control_policies_and_web_identities() -> None:
    document = trust({"Federated": OIDC["provider"]}, "sts:AssumeRoleWithWebIdentity")
    call = (OIDC, "sts:AssumeRoleWithWebIdentity", ROLE)

    assert verdict(*call, resource=document) == "Allowed"
    assert verdict(*call, resource=document, scps=[[OTHER]]) == "Allowed"  # the caller is of no organization (S21)
    outside = {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}
    control = deny("sts:*", Principal="*", Condition=outside)
    assert verdict(*call, resource=document, rcps=[[control]]) == "ExplicitlyDenied"


def test_what_control_policies_do_not_reach() -> None:
    linked = {
        **SESSION,
        "role_arn": f"arn:aws:iam::{A}:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS",
    }
    key_policy = allow("kms:*", Principal=ROOT_OF[A])
    everything = deny("kms:*", Principal="*")

    assert verdict(linked, identity=[allow()], scps=[[OTHER]], rcps=[[deny("s3:*", Principal="*")]]) == "Allowed"
    assert (
        verdict(USER, "kms:RetireGrant", KEY, identity=[allow()], resource=key_policy, rcps=[[everything]]) == "Allowed"
    )
    assert (
        verdict(USER, "kms:Decrypt", KEY, identity=[allow()], resource=key_policy, rcps=[[everything]])
        == "ExplicitlyDenied"
    )


@pytest.mark.parametrize(
    ("caller", "named", "boundary", "expected"),
    [
        (USER, [USER["arn"], f"arn:aws:iam::{A}:root"], False, "Allowed"),
        (USER, [USER["arn"]], False, "Unknown"),  # "might deny": the account is not named
        (USER, [f"arn:aws:iam::{A}:root"], False, "ExplicitlyDenied"),
        (USER, [USER["arn"], f"arn:aws:iam::{A}:root"], True, "ExplicitlyDenied"),  # always, with a boundary
        (SESSION, [SESSION["arn"], SESSION["role_arn"], A], False, "Allowed"),
        (SESSION, [SESSION["arn"], A], False, "ExplicitlyDenied"),
        (SESSION, [SESSION["role_arn"], A], False, "Unknown"),
    ],
)
def test_not_principal(caller: dict[str, Any], named: list[str], boundary: bool, expected: str) -> None:
    document = policy({"Effect": "Deny", "NotPrincipal": {"AWS": named}, "Action": "s3:*", "Resource": "*"})
    limits = {"boundary": [allow()]} if boundary else {}

    assert verdict(caller, identity=[allow()], resource=document, **limits) == expected


def test_who_am_i_needs_no_permission() -> None:
    assert verdict(USER, "sts:GetCallerIdentity", "*", identity=[deny()]) == "Allowed"


def test_unknown_names_the_keys_that_decide() -> None:
    condition = {"StringEquals": {"aws:PrincipalTag/team": "a"}, "Bool": {"aws:SecureTransport": "true"}}
    said = ask(
        USER,
        identity=[allow(Condition=condition), allow("s3:PutObject", Condition={"Bool": {"aws:ViaAWSService": "true"}})],
        unknown=("aws:PrincipalTag/team", "aws:SecureTransport", "aws:ViaAWSService"),
    )
    assert (said["result"], said["unknown"]) == ("Unknown", ["aws:PrincipalTag/team", "aws:SecureTransport"])
    said = ask(USER, identity=[allow(Condition=condition), allow()], unknown=("aws:PrincipalTag/team",))
    assert (said["result"], said["unknown"]) == ("Allowed", [])
    said = ask(
        USER, identity=[allow(Resource="arn:aws:s3:::${aws:PrincipalTag/team}/x")], unknown=("aws:PrincipalTag/team",)
    )
    assert (said["result"], said["unknown"]) == ("Unknown", ["aws:PrincipalTag/team"])


def test_a_document_that_cannot_be_read_is_not_known() -> None:
    said = ask(USER, identity=[allow(), {"Version": "2012-10-17", "Statement": "?"}])
    assert (said["result"], said["unknown"]) == ("Unknown", ["identity[1]"])
    said = ask(USER, identity=[deny(), "not JSON"])
    assert said["result"] == "ExplicitlyDenied"


def test_nothing_is_allowed_by_a_document_that_iam_refuses() -> None:
    refused = policy(
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Allow", "Action": "s3", "Resource": "*"},
    )
    assert verdict(USER, identity=[refused]) == "Unknown"
    assert verdict(USER, identity=[refused, allow()]) == "Allowed"


def test_documents_from_before_a_rule_still_work() -> None:
    old = {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
    assert verdict(USER, identity=[old]) == "Allowed"
    literal_resource = "arn:aws:s3:::${aws:username}/x"
    literal = {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": literal_resource}}
    context = {"aws:username": "alice"}
    assert verdict(USER, resource=None, identity=[literal], context=context) == "ImplicitlyDenied"
    assert (
        ask(USER, "s3:GetObject", "arn:aws:s3:::alice/x", identity=[literal], context=context)["result"]
        == "ImplicitlyDenied"
    )
    assert ask(USER, "s3:GetObject", "arn:aws:s3:::${aws:username}/x", identity=[literal])["result"] == "Allowed"


def test_near_misses_tell_what_failed() -> None:
    said = ask(
        USER,
        identity=[
            allow("s3:PutObject", Resource="arn:aws:s3:::other/*"),
            allow("s3:GetObject", Condition={"StringEquals": {"aws:username": "bob"}}),
        ],
        context={"aws:username": "alice"},
    )
    near, far = said["near_misses"]
    assert near["policy"] == "identity[1]"
    assert near["misses"] == [
        {
            "element": "Condition",
            "operator": "StringEquals",
            "key": "aws:username",
            "holds": "no",
            "expected": ["bob"],
            "got": "alice",
        }
    ]
    assert [miss["element"] for miss in far["misses"]] == ["Action", "Resource"]


def test_a_resource_may_span_segments() -> None:
    for pattern, resource, expected in (
        ("arn:aws:s3:::data/folder/*/object", "arn:aws:s3:::data/folder/a:b/object", "Allowed"),
        ("arn:aws:s3:::data/folder/*/object", "arn:aws:s3:::data/folder/a/object/child", "ImplicitlyDenied"),
        ("arn:aws:s3:::data/folder*", "arn:aws:s3:::data/folder:x", "Allowed"),
        ("arn:aws:s3:::Data/*", "arn:aws:s3:::data/x", "ImplicitlyDenied"),
        ("arn:aws:s3:*", "arn:aws:s3:::data/x", "Allowed"),
        ("arn:aws:s3", "arn:aws:s3:::data/x", "Unknown"),  # stored, but what it covers is not documented
    ):
        assert verdict(USER, "s3:GetObject", resource, identity=[allow(Resource=pattern)]) == expected, pattern
