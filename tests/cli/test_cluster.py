"""The way into the cluster as a shell sees it: why, whoami, compare, token."""

import base64
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.causes.pages import CLUSTER
from tests.cli.run import run

ROOT = Path(__file__).parent.parent.parent
CI = "arn:aws:sts::111122223333:assumed-role/ci/build-7"
ENTRY = """
accessEntries: [arn:aws:iam::111122223333:role/ci]
---
accessEntry:
  clusterName: prod
  principalArn: arn:aws:iam::111122223333:role/ci
  kubernetesGroups: []
  username: "ci:{{SessionName}}"
  type: STANDARD
---
associatedAccessPolicies:
- policyArn: arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy
  accessScope: {type: namespace, namespaces: ["pay*"]}
clusterName: prod
principalArn: arn:aws:iam::111122223333:role/ci
"""


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    path = tmp_path / "facts.yaml"
    path.write_text(CLUSTER, encoding="utf-8")
    return path


def valid(document: dict[str, Any], schema: str) -> dict[str, Any]:
    jsonschema.validate(document, json.loads((ROOT / "docs" / schema).read_text(encoding="utf-8")))
    return document


def with_entry(facts: Path, entry: str = ENTRY) -> Path:
    text = CLUSTER.replace("authenticationMode: CONFIG_MAP", "authenticationMode: API_AND_CONFIG_MAP")
    facts.write_text(f"{text}---{entry}", encoding="utf-8")
    return facts


@pytest.mark.parametrize(
    ("words", "code", "status"),
    [
        (f"{CI} list pods -n payments", 0, 0),
        ("role/ci list pods -n payments", 0, 0),
        (f"{CI} list secrets -n payments", 1, 403),
        (f"{CI} list pods -A", 1, 403),
        ("arn:aws:iam::111122223333:role/other list pods", 1, 401),
        ("arn:aws:iam::111122223333:user/jane list pods", 1, 401),
        ("sa/payments:checkout get pods/log web-0 -n payments", 0, 0),
        ("sa checkout list pods -n payments", 0, 0),
        ("serviceaccount/payments:checkout delete pods web-0 -n payments", 1, 403),
        ("user/jane --group readers list pods -n payments", 0, 0),
        ("user/jane --group system:masters delete nodes x", 0, 0),
        ("user/jane list pods -n payments", 1, 403),
        ("user/system:serviceaccount:payments:checkout list pods -n payments", 0, 0),
        ("user/jane get /healthz", 1, 403),
        (CI, 0, 0),
    ],
)
def test_questions(facts: Path, words: str, code: int, status: int) -> None:
    result = run("why", *words.split(), "--from", str(facts), "-o", "json")
    answer = valid(json.loads(result.out), "trace-v1.schema.json")

    assert (result.code, answer["httpStatus"]) == (code, status)


def test_a_workload_asks_as_its_account(facts: Path) -> None:
    pod = """---
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: payments}
spec: {serviceAccountName: checkout}
"""
    deploy = """---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: payments}
spec: {template: {spec: {containers: [{name: app}]}}}
"""
    facts.write_text(CLUSTER + pod + deploy, encoding="utf-8")
    path = str(facts)

    assert run("why", "pod/web-0", "list", "pods", "-n", "payments", "--from", path).code == 0
    answer = json.loads(run("why", "deploy/web", "list", "pods", "-n", "payments", "--from", path, "-o", "json").out)
    assert answer["causes"][0]["id"] == "workload-default-serviceaccount"
    missing = run("why", "pod/no", "list", "pods", "-n", "payments", "--from", path)
    assert (missing.code, "which service account" in missing.err) == (2, True)


def test_policies_and_rbac_add_up(facts: Path) -> None:
    path = str(with_entry(facts))
    for words, code in (
        ("create deployments -n payments", 0),  # the policy
        ("list pods -n payments", 0),  # the policy
        ("create deployments -n shop", 1),  # out of its scope
        ("list nodes", 1),  # in no policy
    ):
        assert run("why", CI, *words.split(), "--from", path).code == code, words


def test_an_entry_hides_aws_auth(facts: Path) -> None:
    path = str(with_entry(facts))

    shown = json.loads(run("whoami", CI, "--from", path, "-o", "json").out)

    assert shown["username"] == "ci:build-7"
    assert "readers" not in shown["groups"]
    assert shown["accessPolicies"] == ["AmazonEKSEditPolicy (pay*)"]


@pytest.mark.parametrize(
    ("removed", "outcome"),
    [
        ("accessEntries: [arn:aws:iam::111122223333:role/ci]\n---\n", "allowed"),
        (ENTRY[ENTRY.index("associated") :], "unknown"),
        (ENTRY, "unknown"),
    ],
)
def test_without_a_fact(facts: Path, removed: str, outcome: str) -> None:
    path = with_entry(facts, ENTRY.replace(removed, ""))
    result = run("why", CI, *["create", "deployments", "-n", "payments"], "--from", str(path), "-o", "json")
    answer = json.loads(result.out)

    assert answer["outcome"] == outcome
    if outcome == "unknown":
        assert any("aws eks" in need["command"] for link in answer["links"] for need in link["needs"])


def test_without_the_bindings_nothing_is_certain(facts: Path) -> None:
    kept = [part for part in CLUSTER.split("---\n") if "kind: ClusterRoleBinding" not in part]
    facts.write_text("---\n".join(kept), encoding="utf-8")
    result = run(
        "why", "sa/payments:checkout", "delete", "pods", "x", "-n", "payments", "--from", str(facts), "-o", "json"
    )
    answer = json.loads(result.out)

    assert (result.code, answer["outcome"]) == (3, "unknown")
    assert [(cause["id"], cause["confidence"]) for cause in answer["causes"]] == [("rbac-verb-missing", "likely")]


def test_whoami(facts: Path) -> None:
    result = run("whoami", "role/ci", "--from", str(facts))

    assert result.code == 0
    assert "Username         ci\n" in result.out
    assert "Groups           readers, system:authenticated\n" in result.out
    document = json.loads(run("whoami", "role/nobody", "--from", str(facts), "-o", "json").out)
    assert valid(document, "whoami-v1.schema.json")["outcome"] == "refused"
    assert run("whoami", "--from", str(facts)).code == 2


def test_compare_marks_the_first_difference(facts: Path) -> None:
    words = ("compare", "role/ci", "role/other", "list", "pods", "-n", "payments", "--from", str(facts))
    result = run(*words)

    assert result.code == 1
    assert "> mapping   the first difference" in result.out
    document = valid(json.loads(run(*words, "-o", "json").out), "compare-v1.schema.json")
    assert document["firstDifference"] == "mapping"
    assert (document["first"]["outcome"], document["second"]["outcome"]) == ("allowed", "denied")


def test_a_message_becomes_the_question(facts: Path) -> None:
    message = (
        'Error from server (Forbidden): pods is forbidden: User "ci" cannot delete resource "pods" in API group "" '
        'in the namespace "payments"'
    )
    result = run("why", "--error", message, "--from", str(facts), "-o", "json")
    answer = json.loads(result.out)

    assert answer["question"]["kind"] == "principal-to-cluster"
    assert answer["question"]["principal_arn"] == "arn:aws:iam::111122223333:role/ci"
    assert (answer["outcome"], answer["causes"][0]["id"]) == ("denied", "rbac-verb-missing")


@pytest.mark.parametrize(
    ("template", "user", "principal"),
    [
        ("{{SessionName}}", "build-7", CI),
        ("{{AccountID}}:{{SessionName}}", "111122223333:build-7", CI),
        ("ci", "ci", "arn:aws:iam::111122223333:role/ci"),
        ("x:{{SessionName}}", "y:build-7", None),
    ],
)
def test_the_principal_behind_a_username(facts: Path, template: str, user: str, principal: str | None) -> None:
    facts.write_text(CLUSTER.replace("username: ci\n", f'username: "{template}"\n'), encoding="utf-8")
    message = (
        f'pods is forbidden: User "{user}" cannot delete resource "pods" in API group "" in the namespace "payments"'
    )
    asked = json.loads(run("why", "--error", message, "--from", str(facts), "-o", "json").out)["question"]

    assert asked.get("principal_arn") == principal


def test_a_message_alone_gives_layer_causes_and_a_check() -> None:
    result = run("why", "--error", "error: You must be logged in to the server (Unauthorized)", "-o", "json")
    answer = valid(json.loads(result.out), "trace-v1.schema.json")

    assert (result.code, answer["httpStatus"]) == (1, 401)
    assert answer["links"][0]["id"] == "token"
    assert answer["causes"][0]["id"] == "principal-not-mapped"
    assert {cause["confidence"] for cause in answer["causes"]} == {"possible"}
    assert answer["causes"][0]["help"][0].startswith("look at: the authenticator's log")


def test_a_message_does_not_override_the_facts(facts: Path) -> None:
    words = ("why", CI, "list", "pods", "-n", "payments", "--from", str(facts), "-o", "json")
    message = 'pods is forbidden: User "ci" cannot list resource "pods" in API group "" in the namespace "payments"'
    allowed = json.loads(run(*words, "--error", message).out)
    refused = json.loads(run(*words, "--error", "Unauthorized").out)

    assert allowed["outcome"] == "allowed"
    assert "the message says otherwise" in allowed["summary"]
    assert refused["outcome"] == "unknown"
    assert [link["state"] for link in refused["links"] if link["id"] == "cluster-token"] == ["unknown"]
    assert {cause["id"] for cause in refused["causes"]} >= {"token-expired", "token-not-sent"}


def test_a_message_without_roles_and_bindings_is_certain_of_nothing() -> None:
    facts = ROOT / "tests" / "field_cases" / "020-cluster-autoscaler-irsa-example" / "snapshot"
    text = (
        'pods is forbidden: User "system:serviceaccount:default:x" cannot list resource "pods" in API group "" '
        'in the namespace "default"'
    )

    trace = json.loads(run("why", "--error", text, "--from", str(facts), "-o", "json").out)

    assert trace["outcome"] == "denied"
    assert {cause["confidence"] for cause in trace["causes"]} <= {"likely", "possible"}
    assert "no binding" not in trace["summary"]


def test_a_message_in_place_of_a_subject_is_told_where_it_belongs() -> None:
    result = run("why", "pods is forbidden: User jane cannot list pods")

    assert result.code == 2
    assert "--error" in result.err


def test_error_files(facts: Path, tmp_path: Path) -> None:
    path = tmp_path / "error.txt"
    path.write_text("X-Amz-Date parameter is expired (15 minute expiration) 2026-01-01", encoding="utf-8")

    assert run("why", "--error-file", str(path)).code == 1
    assert run("why", "--error-file", str(tmp_path / "no.txt")).code == 2
    assert run("why", "--error", "hello").code == 2
    assert run("why", "--error", "").code == 2
    assert run("why").code == 2
    assert run("why", "--error", "x", "--error-file", str(path)).code == 2


def test_secrets_of_a_message_are_not_repeated() -> None:
    token = "k8s-aws-v1." + "a" * 40
    result = run("why", "--error", f"Unauthorized Authorization: Bearer {token}", "-o", "json")

    assert token not in result.out


def test_object(facts: Path, tmp_path: Path) -> None:
    author = CLUSTER.replace(
        "  resources: [pods, pods/log]\n  verbs: [get, list, watch]\n",
        "  resources: [pods, pods/log]\n  verbs: [get, list, watch]\n"
        "- apiGroups: [rbac.authorization.k8s.io]\n  resources: [roles, rolebindings]\n  verbs: [create]\n",
    )
    facts.write_text(author, encoding="utf-8")
    role = tmp_path / "role.yaml"
    words = ("why", "sa/payments:checkout", "create", "roles", "-n", "payments", "--from", str(facts), "-o", "json")
    for verbs, code in (("[get]", 0), ("[get, delete]", 1)):
        role.write_text(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: ops, namespace: payments}\n"
            f'rules:\n- apiGroups: [""]\n  resources: [pods]\n  verbs: {verbs}\n'
        )
        result = run(*words, "--object", str(role))
        assert result.code == code
    answer = json.loads(result.out)
    assert answer["causes"][0]["id"] == "rbac-escalation-prevented"
    assert '{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}' in answer["causes"][0]["explanation"]
    role.write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n")
    assert run(*words, "--object", str(role)).code == 2


def test_an_object_among_the_facts_is_the_one_that_is_written(facts: Path) -> None:
    author = CLUSTER.replace(
        "  resources: [pods, pods/log]\n  verbs: [get, list, watch]\n",
        "  resources: [pods, pods/log]\n  verbs: [get, list, watch]\n"
        "- apiGroups: [rbac.authorization.k8s.io]\n  resources: [rolebindings]\n  verbs: [create]\n",
    )
    binding = """---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: all, namespace: payments}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: checkout, namespace: shop}]
"""
    facts.write_text(author + binding, encoding="utf-8")
    words = ("why", "sa/payments:checkout", "create", "rolebindings")
    refused = run(*words, "all", "-n", "payments", "--from", str(facts), "-o", "json")

    assert json.loads(refused.out)["causes"][0]["id"] == "rbac-escalation-prevented"
    assert run(*words, "-n", "payments", "--from", str(facts)).code == 0


def make_token(date: str = "20260302T080000Z", host: str = "sts.eu-west-1.amazonaws.com") -> str:
    url = (
        f"https://{host}/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256"
        f"&X-Amz-Credential=ASIAEXAMPLE%2F20260302%2Feu-west-1%2Fsts%2Faws4_request&X-Amz-Date={date}"
        "&X-Amz-Expires=60&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id&X-Amz-Signature=abc"
    )
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("text", "now", "code", "cause"),
    [
        (make_token(), "2026-03-02T08:01:00Z", 3, ""),
        (f"Bearer {make_token()}\n", "2026-03-02T08:01:00Z", 3, ""),
        (json.dumps({"kind": "ExecCredential", "status": {"token": make_token()}}), "2026-03-02T08:01:00Z", 3, ""),
        (make_token(), "2026-03-02T08:16:00Z", 1, "token-expired"),
        (make_token(), "2026-03-02T07:00:00Z", 3, "token-clock-skew"),
        (make_token(host="sts.cn-north-1.amazonaws.com.cn"), "2026-03-02T08:01:00Z", 1, "token-wrong-partition"),
        ("eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "2026-03-02T08:01:00Z", 1, "token-malformed"),
        (make_token() + "=", "2026-03-02T08:01:00Z", 1, "token-malformed"),
    ],
)
def test_token(tmp_path: Path, text: str, now: str, code: int, cause: str) -> None:
    path = tmp_path / "token"
    path.write_text(text)
    words = ("token", str(path), "--region", "eu-west-1", "--now", now)
    result = run(*words, "-o", "json")
    document = valid(json.loads(result.out), "token-v1.schema.json")
    shown = run(*words).out

    assert (result.code, document["cause"]) == (code, cause)
    assert text.strip() not in result.out + shown
    assert "ASIAEXAMPLE" not in result.out + shown
    if cause == "token-expired":
        assert document["signedAt"] == "2026-03-02T08:00:00Z"
        assert [step["state"] for step in document["steps"]][-2:] == ["broken", "not-reached"]


def test_token_is_used_wrongly(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("{}}")
    assert run("token", str(path)).code == 2
    assert run("token", str(tmp_path / "no")).code == 2
    path.write_text(" \n")
    assert run("token", str(path)).code == 2
    path.write_text("x")
    assert run("token", str(path), "--now", "tomorrow").code == 2
    assert run("token", str(path), "--partition", "mars").code == 2
