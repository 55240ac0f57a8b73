"""What-if: plans of Terraform, as ``terraform show -json`` prints them, applied to a copy of the facts."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
import yaml

from tests.cli.run import Result, run
from tests.fixes.test_breakages import HEALTHY
from tests.test_impact import CI, NODE, OBJECTS, PIPELINE, aws_auth, changed, facts

__all__ = ["facts"]
ACCOUNT = "111122223333"
SARIF = json.loads((Path(__file__).parent / "render" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
ISSUER = next(
    item["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Federated"].partition("oidc-provider/")[2]
    for item in HEALTHY
    if "Role" in item
)
Change = dict[str, Any]


def change(type_: str, before: Any, after: Any, unknown: Any = None, name: str = "this") -> Change:
    actions = ["create"] if before is None else ["delete"] if after is None else ["update"]
    body = {"actions": actions, "before": before, "after": after, "after_unknown": unknown or {}}
    return {"address": f"{type_}.{name}", "mode": "managed", "type": type_, "name": name,
            "provider_name": "registry.terraform.io/hashicorp/aws", "change": body}  # fmt: skip


def plan(folder: Path, *changes: Change, **more: Any) -> str:
    file = folder / "tfplan.json"
    head = {"format_version": "1.2", "terraform_version": "1.13.0"}
    file.write_text(json.dumps({**head, "resource_changes": list(changes), **more}), encoding="utf-8")
    return str(file)


def impact(facts_: str, folder: Path, *changes: Change, more: tuple[str, ...] = (), **parts: Any) -> tuple[int, Any]:
    result = run("impact", "--plan", plan(folder, *changes, **parts), "--from", facts_, "-o", "json", *more)
    assert result.err == ""
    return result.code, json.loads(result.out)


def metadata(name: str, namespace: str = "", **more: Any) -> list[dict[str, Any]]:
    return [{"name": name, "namespace": namespace or None, "annotations": None, "labels": None, "generate_name": "",
             "generation": 0, "resource_version": "1", "uid": "u", **more}]  # fmt: skip


def config_map(*entries: Any) -> dict[str, Any]:
    return {"metadata": metadata("aws-auth", "kube-system"), "data": aws_auth(*entries)["data"], "binary_data": None}


@pytest.mark.parametrize(
    "type_", ["kubernetes_config_map", "kubernetes_config_map_v1", "kubernetes_config_map_v1_data"]
)
@pytest.mark.parametrize(
    ("kept", "lost"), [(PIPELINE, "arn:aws:iam::111122223333:role/nodes"), (NODE, CI)], ids=["nodes", "pipeline"]
)
def test_a_plan_that_writes_aws_auth_anew(type_: str, kept: Any, lost: str, facts: str, tmp_path: Path) -> None:
    """The plan of a module that owns aws-auth and does not know of who was added by hand."""
    before = config_map(NODE, PIPELINE)

    code, found = impact(facts, tmp_path, change(type_, before, config_map(kept)))

    assert code == 1
    assert changed(found) == {f"aws-auth entry {lost}": ("allowed", "denied")}


def trust(subject: str, audience: str = "sts.amazonaws.com") -> str:
    facts_ = json.loads(json.dumps({"aud": audience, "sub": subject}))
    condition = {"StringEquals": {f"{ISSUER}:{key}": value for key, value in facts_.items()}}
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
    statement = {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Principal": {"Federated": provider}}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Condition": condition}]})


OWN = "system:serviceaccount:payments:checkout"
WORKLOAD = "deployment/checkout -n payments"


def role(subject: str = OWN, **more: Any) -> dict[str, Any]:
    return {"arn": f"arn:aws:iam::{ACCOUNT}:role/checkout", "name": "checkout", "path": "/", "tags": None,
            "assume_role_policy": trust(subject), "permissions_boundary": "", "inline_policy": [],
            "managed_policy_arns": [], "tags_all": {}, **more}  # fmt: skip


@pytest.mark.parametrize(
    ("after", "unknown", "expected"),
    [
        (role(), {}, None),
        (role("system:serviceaccount:payments:chekcout"), {}, ("allowed", "denied")),
        ({**role(), "assume_role_policy": None}, {"assume_role_policy": True}, ("allowed", "unknown")),
        (None, {}, ("allowed", "denied")),
        ({**role(), "name": "renamed", "arn": None}, {"arn": True}, ("allowed", "denied")),
    ],
    ids=["same", "another subject", "known after apply", "deleted", "renamed"],
)
def test_a_role(after: Any, unknown: Any, expected: tuple[str, str] | None, facts: str, tmp_path: Path) -> None:
    code, found = impact(facts, tmp_path, change("aws_iam_role", role(), after, unknown))

    assert changed(found).get(WORKLOAD) == expected
    assert code == {None: 0, "denied": 1, "unknown": 3}[expected and expected[1]]
    if expected == ("allowed", "unknown"):
        assert "aws_iam_role.this has been applied" in found["changed"][0]["why"] + json.dumps(found)


def provider(*audiences: str) -> dict[str, Any]:
    arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
    return {"arn": arn, "url": ISSUER, "client_id_list": list(audiences), "thumbprint_list": []}


@pytest.mark.parametrize(
    ("after", "unknown", "expected"),
    [
        (provider("sts.amazonaws.com", "vault"), {}, None),
        (provider("vault"), {}, ("allowed", "denied")),
        (provider(), {"client_id_list": True}, ("allowed", "unknown")),
        (None, {}, ("allowed", "denied")),
    ],
)
def test_a_provider(after: Any, unknown: Any, expected: Any, facts: str, tmp_path: Path) -> None:
    before = provider("sts.amazonaws.com")

    _, found = impact(facts, tmp_path, change("aws_iam_openid_connect_provider", before, after, unknown))

    assert changed(found).get(WORKLOAD) == expected


def service_account(role_arn: str | None) -> dict[str, Any]:
    annotations = {"eks.amazonaws.com/role-arn": role_arn} if role_arn else {}
    return {"metadata": metadata("checkout", "payments", annotations=annotations),
            "automount_service_account_token": True}  # fmt: skip


@pytest.mark.parametrize("type_", ["kubernetes_service_account", "kubernetes_service_account_v1"])
@pytest.mark.parametrize(
    ("after", "unknown", "expected"),
    [
        (service_account(f"arn:aws:iam::{ACCOUNT}:role/checkout"), {}, None),
        (service_account(None), {}, "denied"),
        (service_account(None), {"metadata": [{"annotations": {"eks.amazonaws.com/role-arn": True}}]}, "unknown"),
        (service_account(f"arn:aws:iam::{ACCOUNT}:role/checkout"), {"metadata": [{"uid": True}], "id": True}, None),
        (None, {}, "denied"),
    ],
    ids=["same", "annotation gone", "known after apply", "what the server makes", "deleted"],
)
def test_a_service_account(type_: str, after: Any, unknown: Any, expected: Any, facts: str, tmp_path: Path) -> None:
    before = service_account(f"arn:aws:iam::{ACCOUNT}:role/checkout")

    _, found = impact(facts, tmp_path, change(type_, before, after, unknown))

    assert changed(found).get(WORKLOAD) == (("allowed", expected) if expected else None)


BINDING = {
    "metadata": metadata("more", "payments"),
    "role_ref": [{"api_group": "rbac.authorization.k8s.io", "kind": "Role", "name": "deploy"}],
    "subject": [
        {"kind": "Group", "name": "developers", "api_group": "rbac.authorization.k8s.io", "namespace": "default"},
        {"kind": "ServiceAccount", "name": "bot", "namespace": "ci", "api_group": ""},
    ],
}


def test_rights_that_a_plan_grants(facts: str, tmp_path: Path) -> None:
    code, found = impact(facts, tmp_path, change("kubernetes_role_binding_v1", None, BINDING))

    assert code == 1
    assert found["granted"] == [
        "group developers may get deployments.apps in namespace payments",
        "service account ci/bot may get deployments.apps in namespace payments",
    ]
    code, found = impact(facts, tmp_path, change("kubernetes_role_binding_v1", None, BINDING), more=("--allow", "*"))
    assert (code, found["accepted"]) == (0, 2)


def test_manifests_within_a_plan(facts: str, tmp_path: Path) -> None:
    manifest = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "deploy", "namespace": "payments"},
        "rules": [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "patch"]}],
    }
    granted = ["group deployers may patch deployments.apps in namespace payments"]

    assert impact(facts, tmp_path, change("kubernetes_manifest", None, {"manifest": manifest}))[1]["granted"] == granted
    body = {"yaml_body": yaml.safe_dump(manifest)}
    assert impact(facts, tmp_path, change("kubectl_manifest", None, body))[1]["granted"] == granted


def test_what_nobody_reads_is_told(facts: str, tmp_path: Path) -> None:
    code, found = impact(
        facts,
        tmp_path,
        change("helm_release", None, {"name": "x"}),
        change("aws_s3_bucket", None, {"bucket": "x"}),
        change("aws_iam_role", None, {"name": None, "assume_role_policy": "{}"}, {"name": True, "arn": True}, "random"),
    )

    assert code == 3
    assert found["notLookedAt"] == ["helm_release.this", "aws_iam_role.random"]


def test_reports_for_a_pull_request(facts: str, tmp_path: Path) -> None:
    changes = (
        change("kubernetes_config_map", config_map(NODE, PIPELINE), config_map(NODE)),
        change("kubernetes_role_binding", None, BINDING),
        change("aws_iam_role", role(), {**role(), "assume_role_policy": None}, {"assume_role_policy": True}),
        change("helm_release", None, {"name": "x"}),
    )
    file = plan(tmp_path, *changes)

    def shown(output: str) -> str:
        result = run("impact", "--plan", file, "--from", facts, "-o", output)
        assert (result.code, result.err) == (1, "")
        return result.out

    suite = ElementTree.fromstring(shown("junit"))[0]  # noqa: S314  # our own
    assert (suite.attrib["failures"], suite.attrib["skipped"]) == ("3", "2")
    assert [case.attrib["classname"] for case in suite.iter("testcase")] == [
        "newly-denied", "granted", "granted", "newly-unknown", "not-looked-at",
    ]  # fmt: skip
    log = json.loads(shown("sarif"))
    jsonschema.validate(log, SARIF)
    results = log["runs"][0]["results"]
    assert [(item["ruleId"], item["level"]) for item in results] == [
        ("newly-denied", "error"), ("granted", "warning"), ("granted", "warning"), ("newly-unknown", "note"),
    ]  # fmt: skip
    places = [item["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for item in results]
    assert all(place.endswith("tfplan.json") for place in places)
    assert "- helm_release.this" in shown("markdown")
    assert "not looked at: helm_release.this" in shown("text")


def test_another_configuration_of_the_provider_may_be_another_account(facts: str, tmp_path: Path) -> None:
    resources = [{"address": "aws_iam_role.this", "provider_config_key": "aws.other"}]
    new = {**role(), "arn": None}

    _, found = impact(
        facts,
        tmp_path,
        change("aws_iam_role", None, new, {"arn": True}),
        configuration={"root_module": {"resources": resources}},
    )

    assert found["notLookedAt"] == ["aws_iam_role.this"]


def why(facts_: str, folder: Path, words: tuple[str, ...], *changes: Change) -> Result:
    return run("why", *words, "--from", facts_, "--plan", plan(folder, *changes))


def test_why_as_if_a_plan_were_applied(facts: str, tmp_path: Path) -> None:
    words = ("deploy/checkout", "-n", "payments", "s3:PutObject", "arn:aws:s3:::orders/1")
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    policy = {"role": "checkout", "name": "orders", "policy": json.dumps(document)}
    none = {**policy, "policy": json.dumps({**document, "Statement": [{**document["Statement"][0], "Effect": "Deny"}]})}  # type: ignore[dict-item]

    def code(after: Any, unknown: Any = None) -> int:
        return why(facts, tmp_path, words, change("aws_iam_role_policy", None, after, unknown)).code

    assert code(none) == 1
    assert code({**policy, "policy": None}, {"policy": True}) == 3
    assert why(facts, tmp_path, words, change("aws_iam_role_policy", none, policy)).code in (0, 3)


def test_policies_of_a_role_come_and_go(facts: str, tmp_path: Path) -> None:
    """The role's own block, and attachments in any order; what is not known of them may deny."""
    words = ("deploy/checkout", "-n", "payments", "s3:PutObject", "arn:aws:s3:::orders/1")
    (Path(facts) / "iam-list-attached-role-policies.checkout.json").write_text('{"AttachedPolicies": []}')
    (Path(facts) / "iam-list-role-policies.checkout.json").write_text('{"PolicyNames": []}')
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    block = [{"name": "own", "policy": json.dumps(allow)}]
    policy = {
        "arn": f"arn:aws:iam::{ACCOUNT}:policy/orders",
        "name": "orders",
        "path": "/",
        "policy": json.dumps(allow),
    }
    attached = {"role": "checkout", "policy_arn": policy["arn"]}

    def outcome(*changes: Change) -> str:
        result = run("why", *words, "--from", facts, "--plan", plan(tmp_path, *changes), "-o", "json")
        return str(json.loads(result.out)["outcome"])

    assert outcome() == "denied"
    assert outcome(change("aws_iam_role", role(), role(inline_policy=block))) == "allowed"
    assert outcome(change("aws_iam_role", role(), role(inline_policy=None), {"inline_policy": True})) == "unknown"
    attach = change("aws_iam_role_policy_attachment", None, attached)
    assert outcome(attach, change("aws_iam_policy", None, policy)) == "allowed"
    assert outcome(change("aws_iam_policy", None, policy), attach) == "allowed"
    assert outcome(attach) == "unknown"
    unnamed = change("aws_iam_role_policy_attachment", None, {**attached, "policy_arn": None}, {"policy_arn": True})
    assert outcome(unnamed) == "unknown"
    away = change("aws_iam_role", role(inline_policy=block), role())
    assert outcome(change("aws_iam_role_policy", None, {"role": "checkout", **block[0]}), away) == "allowed"


def test_what_is_moved_to_another_address_stays(facts: str, tmp_path: Path) -> None:
    gone = change("aws_iam_role", role(), None)
    made = change("aws_iam_role", None, role(arn=None), {"arn": True}, "moved")
    account = service_account(f"arn:aws:iam::{ACCOUNT}:role/checkout")
    moved = [change("kubernetes_service_account", None, account, None, "a"),
             change("kubernetes_service_account", account, None, None, "b")]  # fmt: skip

    code, found = impact(facts, tmp_path, made, gone, *moved)

    assert (code, found["changed"]) == (0, [])


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no plan as `terraform show -json` prints it"),
        (b"[1]", "no plan as"),
        (b'{"format_version": "1.2", "resource_changes": [{"address": 1}]}', "no plan as"),
        (b"PK\x03\x04", "a plan in Terraform's own form"),
        (b'{"format_version": "1.2", "errored": true}', "could not finish this plan"),
        (b"[" * 100_000, "no plan as"),
    ],
)
def test_what_is_no_plan(data: bytes, says: str, facts: str, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_bytes(data)

    result = run("impact", "--plan", str(file), "--from", facts)

    assert (result.code, result.out) == (2, "")
    assert says in result.err
    assert "terraform show -json plan.bin" in result.err or "mend the configuration" in result.err


def test_without_anything_to_apply(facts: str) -> None:
    result = run("impact", "--from", facts)

    assert result.code == 2
    assert "the impact of what?" in result.err


@pytest.mark.parametrize("value", [None, [], {}, 1, "x", [None], [[]], [{}], [{"name": 1}], True])
def test_odd_values_end_no_plan(value: Any, facts: str, tmp_path: Path) -> None:
    types = (
        "aws_iam_role", "aws_iam_role_policy", "aws_iam_role_policy_attachment", "aws_iam_policy",
        "aws_iam_openid_connect_provider", "aws_eks_access_entry", "aws_eks_access_policy_association",
        "aws_eks_pod_identity_association", "aws_s3_bucket_policy", "kubernetes_role", "kubernetes_cluster_role",
        "kubernetes_role_binding", "kubernetes_service_account", "kubernetes_config_map", "kubernetes_manifest",
        "kubectl_manifest", "kubernetes_annotations",
    )  # fmt: skip
    keys = (
        "name", "role", "policy", "policy_arn", "assume_role_policy", "inline_policy", "managed_policy_arns",
        "tags_all", "url", "client_id_list", "metadata", "rule", "role_ref", "subject", "data", "manifest", "yaml_body",
        "annotations", "cluster_name", "principal_arn", "kubernetes_groups", "access_scope", "namespace",
        "service_account", "bucket",
    )  # fmt: skip
    good = {**role(), "metadata": metadata("x", "payments"), "role": "checkout", "kind": "ServiceAccount"}
    for key in (*keys, "arn"):
        changes = [change(type_, None, {**good, key: value}) for type_ in types]
        changes += [change(type_, {**good, key: value}, after) for type_ in types for after in (None, good)]
        result = run("impact", "--plan", plan(tmp_path, *changes), "--from", facts, "-o", "json")
        assert result.code in (0, 1, 2, 3), (key, result.err)
        assert "internal error" not in result.err, (key, result.err)


@pytest.fixture
def entries(tmp_path: Path) -> str:
    """Facts of a cluster whose access entries say who comes in."""
    folder = tmp_path / "entries"
    folder.mkdir()
    cluster = {"name": "prod", "arn": f"arn:aws:eks:eu-west-1:{ACCOUNT}:cluster/prod", "version": "1.35",
               "accessConfig": {"authenticationMode": "API"}}  # fmt: skip
    entry = {"clusterName": "prod", "principalArn": CI, "kubernetesGroups": ["deployers"], "type": "STANDARD",
             "username": CI}  # fmt: skip
    for name, document in (
        ("eks-describe-cluster.json", {"cluster": cluster}),
        ("eks-list-access-entries.json", {"accessEntries": [CI]}),
        ("eks-describe-access-entry.json", {"accessEntry": entry}),
        ("eks-list-associated-access-policies.ci.json", {"clusterName": "prod", "principalArn": CI,
                                                          "associatedAccessPolicies": []}),
        ("kubernetes.json", {"apiVersion": "v1", "kind": "List", "items": OBJECTS[1:]}),
    ):  # fmt: skip
        (folder / name).write_text(json.dumps(document), encoding="utf-8")
    return str(folder)


def entry(principal: str, *groups: str) -> dict[str, Any]:
    return {"cluster_name": "prod", "principal_arn": principal, "kubernetes_groups": list(groups), "type": "STANDARD",
            "user_name": principal}  # fmt: skip


def asked(entries: str, folder: Path, principal: str, *changes: Change) -> int:
    words = ("why", principal, "get", "deployments", "-n", "payments", "--from", entries)
    return run(*words, *(("--plan", plan(folder, *changes)) if changes else ())).code


def test_access_entries(entries: str, tmp_path: Path) -> None:
    kind = "aws_eks_access_entry"
    other = f"arn:aws:iam::{ACCOUNT}:role/other"

    assert asked(entries, tmp_path, CI) == 0
    assert asked(entries, tmp_path, other) == 1
    assert asked(entries, tmp_path, CI, change(kind, entry(CI, "deployers"), None)) == 1
    assert asked(entries, tmp_path, CI, change(kind, entry(CI, "deployers"), entry(CI))) == 1
    assert asked(entries, tmp_path, other, change(kind, None, entry(other, "deployers"))) == 0
    nobody = {**entry("", "deployers"), "principal_arn": None}
    assert asked(entries, tmp_path, other, change(kind, None, nobody, {"principal_arn": True})) == 3
    assert asked(entries, tmp_path, CI, change(kind, None, nobody, {"principal_arn": True})) == 0


@pytest.mark.parametrize(
    ("scope", "code"),
    [
        ({"type": "cluster", "namespaces": None}, 0),
        ({"type": "namespace", "namespaces": ["payments"]}, 0),
        ({"type": "namespace", "namespaces": ["shop"]}, 1),
    ],
)
def test_access_policies(scope: dict[str, Any], code: int, entries: str, tmp_path: Path) -> None:
    other = f"arn:aws:iam::{ACCOUNT}:role/other"
    view = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    association = {"cluster_name": "prod", "principal_arn": other, "policy_arn": view, "access_scope": [scope]}
    made = change("aws_eks_access_entry", None, entry(other))
    given = change("aws_eks_access_policy_association", None, association)

    assert asked(entries, tmp_path, other, made) == 1
    assert asked(entries, tmp_path, other, made, given) == code


def test_a_binding_of_which_only_applying_shows_the_subject(entries: str, tmp_path: Path) -> None:
    other = f"arn:aws:iam::{ACCOUNT}:role/other"
    made = change("aws_eks_access_entry", None, entry(other, "others"))
    subject = [{"kind": "Group", "name": None, "api_group": "rbac.authorization.k8s.io", "namespace": ""}]
    binding = {**BINDING, "subject": subject}
    unknown = {"subject": [{"name": True}]}

    assert asked(entries, tmp_path, other, made) == 1
    assert asked(entries, tmp_path, other, made, change("kubernetes_role_binding", None, binding, unknown)) == 3
    elsewhere = {**binding, "metadata": metadata("more", "shop")}
    assert asked(entries, tmp_path, other, made, change("kubernetes_role_binding", None, elsewhere, unknown)) == 1
