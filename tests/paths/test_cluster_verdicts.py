"""Verdicts on the way into the cluster that were wrong once, each with the rule that makes them right."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.causes.pages import CLUSTER
from tests.cli.run import run

CI = "arn:aws:sts::111122223333:assumed-role/ci/build-7"
LIST = ("list", "pods", "-n", "payments")
BINDING = """---
apiVersion: rbac.authorization.k8s.io/v1
kind: {kind}Binding
metadata: {{name: more, namespace: {namespace}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {role_kind}, name: {role}}}
subjects: [{subject}]
"""


def ask(tmp_path: Path, facts: str, *words: str, **files: str) -> dict[str, Any]:
    (tmp_path / "facts.yaml").write_text(facts, encoding="utf-8")
    for name, text in files.items():
        (tmp_path / name.replace("_", ".")).write_text(text, encoding="utf-8")
    result = run("why", *words, "--from", str(tmp_path), "-o", "json")
    assert result.code in (0, 1, 3), result.err
    answer: dict[str, Any] = json.loads(result.out)
    if answer["outcome"] == "unknown":
        assert any(link["needs"] for link in answer["links"]), "unknown without a missing fact"
    return answer


def ids(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(cause["id"], cause["confidence"]) for cause in answer["causes"]]


def bind(
    subject: str, role: str = "reader", role_kind: str = "Role", kind: str = "Role", namespace: str = "payments"
) -> str:
    return BINDING.format(subject=subject, role=role, role_kind=role_kind, kind=kind, namespace=namespace)


def aws_auth(text: str, key: str = "mapRoles") -> str:
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    before, _, after = CLUSTER.partition("  mapRoles: |\n")
    return f"{before}  {key}: |\n{lines}{after[after.index('---') :]}"


def created(principal: str, when: str = "") -> str:
    return (
        f"---\nRecords:\n- eventName: CreateCluster\n  eventTime: '{when}'\n  userIdentity: {{arn: '{principal}'}}\n"
        "  requestParameters: {name: prod}\n"
    )


NOBODY = aws_auth("- rolearn: arn:aws:iam::111122223333:role/nodes\n  username: x\n  groups: [y]\n")
API = CLUSTER.replace("CONFIG_MAP", "API")
BOTH = CLUSTER.replace("CONFIG_MAP", "API_AND_CONFIG_MAP")


def test_the_creator_is_the_same_kind_of_principal(tmp_path: Path) -> None:
    facts = NOBODY + created("arn:aws:iam::111122223333:role/alice")
    assert ask(tmp_path, facts, "arn:aws:iam::111122223333:role/alice", *LIST)["outcome"] == "allowed"
    assert ask(tmp_path, facts, "arn:aws:iam::111122223333:user/alice", *LIST)["outcome"] == "denied"


def test_the_creator_counts_only_where_the_mode_is_known(tmp_path: Path) -> None:
    facts = NOBODY.replace("  accessConfig:\n    authenticationMode: CONFIG_MAP\n", "")
    answer = ask(tmp_path, facts + created("arn:aws:iam::111122223333:role/ci"), CI, *LIST)
    assert answer["outcome"] == "unknown"


@pytest.mark.parametrize("reverse", [False, True])
def test_the_last_creation_counts(tmp_path: Path, reverse: bool) -> None:
    events = [
        created("arn:aws:iam::111122223333:role/old", "2025-01-01T00:00:00Z"),
        created("arn:aws:iam::111122223333:role/new", "2026-01-01T00:00:00Z"),
    ]
    facts = NOBODY + "".join(reversed(events) if reverse else events)
    assert ask(tmp_path, facts, "arn:aws:iam::111122223333:role/new", *LIST)["outcome"] == "allowed"
    assert ask(tmp_path, facts, "arn:aws:iam::111122223333:role/old", *LIST)["outcome"] == "denied"


def test_root_may_be_in_aws_auth_that_was_not_read(tmp_path: Path) -> None:
    without = "---\n".join(
        part for part in CLUSTER.split("---\n") if "aws-auth" not in part and "Namespace" not in part
    )
    without = without.replace("kind: ClusterRoleBinding", "kind: Foo").replace("kind: ClusterRole\n", "kind: Foo\n")
    answer = ask(tmp_path, without, "arn:aws:iam::111122223333:root", *LIST)
    assert answer["outcome"] == "unknown"


def test_a_session_that_is_not_known_may_be_bound_by_its_name(tmp_path: Path) -> None:
    facts = aws_auth('- rolearn: arn:aws:iam::111122223333:role/ci\n  username: "dev:{{SessionName}}"\n  groups: [x]')
    facts += bind("{kind: User, apiGroup: rbac.authorization.k8s.io, name: 'dev:jane'}")
    assert ask(tmp_path, facts, "arn:aws:iam::111122223333:role/ci", *LIST)["outcome"] == "unknown"
    jane = "arn:aws:sts::111122223333:assumed-role/ci/jane"
    assert ask(tmp_path, facts, jane, *LIST)["outcome"] == "allowed"
    assert ask(tmp_path, facts, CI, *LIST)["outcome"] == "denied"


def test_two_spellings_of_a_user_leave_it_to_chance(tmp_path: Path) -> None:
    entries = "\n".join(
        f"- userarn: arn:aws:iam::111122223333:user/{name}\n  username: {name}\n  groups: [readers]"
        for name in ("bob", "Bob")
    )
    answer = ask(tmp_path, aws_auth(entries, "mapUsers"), "arn:aws:iam::111122223333:user/bob", *LIST)
    assert answer["outcome"] == "unknown"


def test_a_mode_that_is_not_known_may_ignore_aws_auth(tmp_path: Path) -> None:
    without = CLUSTER[: CLUSTER.index("---\ncluster:")]
    assert ask(tmp_path, without + "---\naccessEntries: []\n", CI, *LIST)["outcome"] == "unknown"


def test_nodes_are_nodes_however_they_are_asked_for(tmp_path: Path) -> None:
    node = ("user/system:node:ip-1", "--group", "system:nodes")
    assert ask(tmp_path, CLUSTER, *node, "update", "nodes/status", "ip-1")["outcome"] == "allowed"
    assert ask(tmp_path, CLUSTER, *node, "get", "nodes", "other")["outcome"] == "denied"
    assert ask(tmp_path, CLUSTER.replace("1.33", "1.30"), *node, "get", "nodes", "other")["outcome"] == "allowed"
    assert ask(tmp_path, CLUSTER, *node, "get", "secrets", "x", "-n", "payments")["outcome"] == "unknown"


ENTRY = """---
accessEntry: {clusterName: prod, principalArn: "arn:aws:iam::111122223333:role/ci", kubernetesGroups: [],
  username: "ci", type: STANDARD}
"""
POLICY = """---
associatedAccessPolicies:
- policyArn: arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy
  accessScope: {type: cluster}
clusterName: prod
principalArn: arn:aws:iam::111122223333:role/ci
"""


def test_a_user_of_an_access_entry_has_its_policies(tmp_path: Path) -> None:
    assert ask(tmp_path, BOTH + ENTRY + POLICY, "user/ci", "list", "nodes")["outcome"] == "allowed"
    assert ask(tmp_path, BOTH + ENTRY, "user/ci", "list", "nodes")["outcome"] == "unknown"
    assert ask(tmp_path, BOTH + ENTRY + POLICY, "user/other", "list", "nodes")["outcome"] == "denied"


def test_a_policy_without_its_scope_is_left_out(tmp_path: Path) -> None:
    cut = POLICY.replace("  accessScope: {type: cluster}\n", "")
    answer = ask(tmp_path, BOTH + ENTRY + cut, CI, "list", "nodes")
    assert answer["outcome"] == "unknown"
    assert answer["left_out"]


def test_a_message_about_somebody_else_proves_nothing(tmp_path: Path) -> None:
    facts = CLUSTER.replace("kind: ClusterRoleBinding", "kind: Foo")
    (tmp_path / "facts.yaml").write_text(facts, encoding="utf-8")
    for user, outcome in (("bob", "unknown"), ("jane", "denied")):
        message = (
            f'pods is forbidden: User "{user}" cannot list resource "pods" in API group "" in the namespace "payments"'
        )
        words = ("why", "user/jane", *LIST, "--error", message, "--from", str(tmp_path), "-o", "json")
        assert json.loads(run(*words).out)["outcome"] == outcome


KUBECONFIG = """apiVersion: v1
kind: Config
current-context: x
clusters: [{name: x, cluster: {server: "https://localhost:6443"}}]
contexts: [{name: x, context: {cluster: x, user: x}}]
users: [{name: x, user: {username: me}}]
"""


@pytest.mark.parametrize(
    "text", [KUBECONFIG, "apiVersion: v1\nkind: Config\nclusters: null\ncontexts: null\nusers: null\n"]
)
def test_a_kubeconfig_of_another_cluster_is_nothing(tmp_path: Path, text: str) -> None:
    assert ask(tmp_path, CLUSTER, CI, *LIST, kubeconfig=text)["outcome"] == "allowed"


def test_a_log_of_a_program_that_cannot_reach_something_else_is_nothing(tmp_path: Path) -> None:
    line = 'level=error msg="Post https://vault.example.com: x509: certificate signed by unknown authority"\n'
    assert ask(tmp_path, CLUSTER, CI, *LIST, app_log=line)["outcome"] == "allowed"
    mine = line.replace("vault.example.com", "EXAMPLE1.gr7.eu-west-1.eks.amazonaws.com")
    answer = ask(tmp_path, CLUSTER, CI, *LIST, app_log=mine)
    assert (answer["outcome"], ids(answer)[0][0]) == ("denied", "server-certificate-untrusted")


def test_the_exact_line_comes_before_a_plain_401(tmp_path: Path) -> None:
    caller = json.dumps({"UserId": "AROA:b", "Account": "111122223333", "Arn": CI})
    exact = 'msg="access denied" error="input token was not properly formatted: X-Amz-Date parameter is expired"\n'
    files = {"a_log": exact, "z_log": "Error: Unauthorized\n", "caller_json": caller}
    answer = ask(tmp_path, CLUSTER, CI, *LIST, **files)
    # The pattern needs the whole text of the message: this one is a token's other fault.
    assert (answer["outcome"], answer["httpStatus"]) == ("denied", 401)
    files["a_log"] = exact.replace("expired", "expired (15 minute expiration) 2026-03-02 08:00:00 +0000 UTC")
    answer = ask(tmp_path, CLUSTER, CI, *LIST, **files)
    assert ids(answer)[0] == ("token-expired", "likely")


def test_a_signature_that_is_not_yet_current_is_the_clock(tmp_path: Path) -> None:
    line = 'error="sts getCallerIdentity failed: error from AWS (expected 200, got 403) on x endpoint. Body: {}"\n'
    body = '{"Error":{"Code":"SignatureDoesNotMatch","Message":"Signature not yet current: 20260302"}}'
    answer = ask(tmp_path, CLUSTER, CI, *LIST, authenticator_log=line.replace("{}", body))
    assert ids(answer)[0][0] == "token-clock-skew"


@pytest.mark.parametrize(("version", "status"), [("1.30", 403), ("1.33", 401)])
def test_without_a_token(tmp_path: Path, version: str, status: int) -> None:
    facts = CLUSTER.replace("1.33", version)
    answer = ask(tmp_path, facts, "user/system:anonymous", *LIST)
    assert (answer["httpStatus"], ids(answer)) == (status, [("token-not-sent", "certain")])
    config = KUBECONFIG.replace("https://localhost:6443", "https://EXAMPLE1.gr7.eu-west-1.eks.amazonaws.com")
    answer = ask(tmp_path, facts, CI, *LIST, kubeconfig=config)
    assert (answer["httpStatus"], ids(answer)[0][0]) == (status, "token-not-sent")


def test_a_second_key_in_another_case(tmp_path: Path) -> None:
    facts = NOBODY.replace(
        "---\ncluster:", "  MapRoles: |\n    - rolearn: arn:aws:iam::111122223333:role/ci\n---\ncluster:"
    )
    assert ids(ask(tmp_path, facts, CI, *LIST))[0] == ("aws-auth-malformed-entry", "certain")


def test_a_commented_entry_is_no_entry(tmp_path: Path) -> None:
    facts = aws_auth(
        "- rolearn: arn:aws:iam::111122223333:role/x\n  username: x\n# - rolearn: arn:aws:iam::111122223333:role/ci"
    )
    assert ids(ask(tmp_path, facts, CI, *LIST))[0][0] == "principal-not-mapped"


def test_a_node_without_its_username(tmp_path: Path) -> None:
    facts = aws_auth("- rolearn: arn:aws:iam::111122223333:role/nodes\n  username: workers\n  groups: [system:nodes]")
    node = "arn:aws:sts::111122223333:assumed-role/nodes/i-0123456789abcdef0"
    assert ids(ask(tmp_path, facts, node, "create", "nodes"))[0] == ("aws-auth-wrong-username-or-group", "certain")


ACCOUNT = "sa/payments:checkout"


@pytest.mark.parametrize(
    ("subject", "words", "cause"),
    [
        ("{kind: Group, name: Devs}", ("user/jane", "--group", "devs"), "rbac-subject-name-mismatch"),
        ("{kind: User, name: devs}", ("user/jane", "--group", "devs"), "rbac-subject-name-mismatch"),
        ("{kind: Group, name: devs}", ("user/jane", "--group", "oidc:devs"), "rbac-subject-name-mismatch"),
        (
            "{kind: Group, name: 'system:serviceaccounts:payment'}",
            ("sa/payments:x",),
            "rbac-subject-namespace-mismatch",
        ),
        ("{kind: User, name: 'system:serviceaccount:x:payments'}", ("sa/payments:x",), "rbac-subject-name-mismatch"),
        (
            "{kind: ServiceAccount, name: quite-another, namespace: payments}",
            ("sa/payments:x",),
            "rbac-subject-name-mismatch",
        ),
        ("{kind: serviceaccount, name: x, namespace: payments}", ("sa/payments:x",), "rbac-subject-name-mismatch"),
        ("{kind: ServiceAccount, name: checkout, namespace: payments}", ("sa/payments:x",), "rbac-resource-missing"),
        ("{kind: Group, name: ops}", ("user/jane", "--group", "devs"), "rbac-resource-missing"),
    ],
)
def test_who_is_meant(tmp_path: Path, subject: str, words: tuple[str, ...], cause: str) -> None:
    account = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: x, namespace: payments}\n"
    answer = ask(tmp_path, CLUSTER + account + bind(subject), *words, *LIST)
    assert (answer["outcome"], ids(answer)[0][0]) == ("denied", cause)


def test_a_role_here_that_lacks_the_rule_comes_before_a_role_elsewhere(tmp_path: Path) -> None:
    there = """---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules: [{apiGroups: [batch], resources: [jobs], verbs: [list]}]
"""
    facts = CLUSTER + there + bind("{kind: ServiceAccount, name: checkout, namespace: payments}", namespace="shop")
    answer = ask(tmp_path, facts, ACCOUNT, "list", "jobs", "-n", "payments")
    assert ids(answer) == [("rbac-resource-missing", "certain"), ("rbac-binding-wrong-namespace", "likely")]


def test_a_dangling_role_of_everybody_is_not_certain(tmp_path: Path) -> None:
    facts = CLUSTER + bind("{kind: Group, name: 'system:authenticated'}", role="gone")
    assert ("rbac-roleref-missing", "likely") in ids(
        ask(tmp_path, facts, ACCOUNT, "delete", "secrets", "x", "-n", "payments")
    )


def test_the_bindings_of_kube_system_say_nothing_of_other_namespaces(tmp_path: Path) -> None:
    parts = [part for part in CLUSTER.split("---\n") if "kind: RoleBinding" not in part]
    facts = "---\n".join(parts) + bind("{kind: User, name: x}", namespace="kube-system")
    assert ask(tmp_path, facts, "user/jane", *LIST)["outcome"] == "unknown"


def test_not_found_is_about_the_whole_arn(tmp_path: Path) -> None:
    said = (
        "An error occurred (ResourceNotFoundException) when calling the DescribeAccessEntry operation: "
        "The specified principalArn could not be found: arn:aws:iam::111122223333:role/ci-prod\n"
    )
    assert ask(tmp_path, API, CI, *LIST, entry_txt=said)["outcome"] == "unknown"
    assert ask(tmp_path, API, CI, *LIST, entry_txt=said.replace("ci-prod", "ci"))["outcome"] == "denied"


AUTHOR = CLUSTER.replace(
    "  resources: [pods, pods/log]\n  verbs: [get, list, watch]\n",
    "  resources: [pods, pods/log]\n  verbs: [get, list, watch]\n"
    "- apiGroups: [rbac.authorization.k8s.io]\n  resources: [roles]\n  verbs: [create]\n",
)


@pytest.mark.parametrize("namespace", ["", ", namespace: payments"])
def test_escalation_is_judged_in_the_requests_namespace(tmp_path: Path, namespace: str) -> None:
    role = tmp_path.parent / "role.yaml"
    role.write_text(
        f"apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: ops{namespace}}}\n"
        'rules: [{apiGroups: [""], resources: [pods], verbs: [list]}]\n'
    )
    words = (ACCOUNT, "create", "roles", "-n", "payments", "--object", str(role))
    assert ask(tmp_path, AUTHOR, *words)["outcome"] == "allowed"
    unread = AUTHOR + bind("{kind: ServiceAccount, name: checkout, namespace: payments}", "unread", "ClusterRole")
    role.write_text(role.read_text().replace("[list]", "[delete]"))
    assert ask(tmp_path, AUTHOR, *words)["outcome"] == "denied"
    roles = [part for part in unread.split("---\n") if "kind: ClusterRole\n" not in part]
    assert ask(tmp_path, "---\n".join(roles), *words)["outcome"] == "unknown"
    (tmp_path / "facts.yaml").write_text(AUTHOR)
    assert run("why", ACCOUNT, *LIST, "--object", str(role), "--from", str(tmp_path)).code == 2


def test_groups_that_a_message_does_not_tell(tmp_path: Path) -> None:
    (tmp_path / "facts.yaml").write_text(CLUSTER)
    message = (
        'secrets is forbidden: User "jane" cannot list resource "secrets" in API group "" in the namespace "payments"'
    )
    answer = json.loads(run("why", "--error", message, "--from", str(tmp_path), "-o", "json").out)
    assert ids(answer) == [("rbac-resource-missing", "likely")]


def test_odd_input_ends_in_one_message(tmp_path: Path) -> None:
    (tmp_path / "facts.yaml").write_text(CLUSTER)
    assert run("why", "user/\udcff", *LIST, "--from", str(tmp_path)).code == 2
    shown = run("why", "--error", 'User "\\ud800" cannot get path "/x"')
    assert shown.code == 1
    assert "internal error" not in shown.err


def test_patterns_of_scopes_are_fast(tmp_path: Path) -> None:
    pattern = "*a" * 30 + "b"
    policy = POLICY.replace("{type: cluster}", f"{{type: namespace, namespaces: ['{pattern}']}}")
    start = time.monotonic()
    ask(tmp_path, BOTH + ENTRY + policy, CI, "list", "pods", "-n", "a" * 63)
    assert time.monotonic() - start < 20


@pytest.mark.parametrize(
    "secret",
    [
        "k8s-aws-v1.aHR0cHM6Ly9zdHMu\nQUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo",
        "--token abcdefghij",
        "aws_secret_access_key wJalrXUtnFEMIK7MDENGbPxRfiCY",
        "-----BEGIN RSA PRIVATE KEY----- MIIEabcdef",
        "client-key-data: LS0tLS1CRUdJTiBSU0E=",
    ],
)
def test_secrets_in_a_message_are_blacked_out(secret: str) -> None:
    for output in ("text", "json"):
        shown = run("why", "--error", f"Unauthorized {secret}", "-o", output)
        value = secret.replace("\n", " ").rsplit(" ", 1)[-1]
        assert value not in shown.out + shown.err


@pytest.mark.parametrize(("version", "outcome"), [("1.34", "allowed"), ("1.35", "denied")])
def test_a_websocket_into_a_pod_needs_create_since_1_35(tmp_path: Path, version: str, outcome: str) -> None:
    facts = CLUSTER.replace("1.33", version).replace("[pods, pods/log]", "[pods, pods/exec]")
    answer = ask(tmp_path, facts, ACCOUNT, "get", "pods/exec", "web-0", "-n", "payments")
    assert answer["outcome"] == outcome
    if outcome == "denied":
        assert ids(answer)[0] == ("rbac-verb-missing", "certain")
        assert 'cannot create resource "pods/exec"' in answer["causes"][0]["symptom"]
    assert ask(tmp_path, facts, ACCOUNT, "get", "pods", "web-0", "-n", "payments")["outcome"] == "allowed"
