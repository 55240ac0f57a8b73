"""``trustpath audit argo``: rebuilt failures, people who sign in, secrets, formats and exit codes."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from tests.audits.test_checks import HARDENED, whole
from tests.cli.run import run

CASES = Path(__file__).parent / "cases"


def audited(*arguments: str) -> tuple[int, dict[str, Any]]:
    result = run("audit", "argo", "-o", "json", *arguments)
    return result.code, json.loads(result.out)


def claims(folder: Path, **values: object) -> str:
    file = folder / "claims.json"
    file.write_text(json.dumps(values), encoding="utf-8")
    return str(file)


def write(folder: Path, text: str) -> str:
    file = folder / "facts.yaml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_the_case_of_the_missing_token(tmp_path: Path) -> None:
    case = yaml.safe_load((CASES / "212-sso-managed-login" / "case.yaml").read_text(encoding="utf-8"))
    file = claims(tmp_path, **case["question"]["user_claims"])

    code, report = audited("-n", "argo", "--claims", file, "--from", str(CASES / "212-sso-managed-login" / "snapshot"))

    assert code == 1
    assert report["signIn"]["outcome"] == "denied"
    assert report["findings"][0]["id"] == case["root_cause"]
    assert report["findings"][0]["breaks"] is True
    assert "workflow-developer-token" in report["findings"][0]["fix"][0]
    assert [item["id"] for item in report["findings"]].count(case["root_cause"]) == 1


def test_the_control_is_free_of_critical_and_high() -> None:
    code, report = audited("-n", "team-a", "--from", str(CASES / "control-014-argo-client-mode" / "snapshot"))

    assert [item for item in report["findings"] if item["severity"] in ("critical", "high")] == []
    assert code in (0, 3)


@pytest.mark.parametrize(
    ("groups", "outcome", "cause", "account"),
    [
        (["developers"], "allowed", "", "argo/developer"),
        (["testers"], "denied", "argo-sso-rbac-no-rule-match", ""),
        ([], "denied", "argo-sso-rbac-no-rule-match", ""),
    ],
)
def test_as_whom_people_act(tmp_path: Path, groups: list[str], outcome: str, cause: str, account: str) -> None:
    facts = write(tmp_path, HARDENED)

    code, report = audited("-n", "argo", "--claims", claims(tmp_path, email="a@b.c", groups=groups), "--from", facts)

    assert report["signIn"]["outcome"] == outcome
    assert [item["id"] for item in report["signIn"]["causes"]] == ([cause] if cause else [])
    assert account in report["signIn"]["summary"]
    assert code == (1 if cause else 0)


ACCOUNT = """apiVersion: v1
kind: ServiceAccount
metadata:
  name: {name}
  namespace: {namespace}
  annotations:
    workflows.argoproj.io/rbac-rule: {rule}
    workflows.argoproj.io/rbac-rule-precedence: "{precedence}"
---
apiVersion: v1
kind: Secret
metadata:
  name: {name}.service-account-token
  namespace: {namespace}
  annotations: {{kubernetes.io/service-account.name: {name}}}
type: kubernetes.io/service-account-token
---
"""


def account(name: str, rule: str, precedence: int, namespace: str = "argo") -> str:
    return ACCOUNT.format(name=name, rule=json.dumps(rule), precedence=precedence, namespace=namespace)


@pytest.mark.parametrize(
    ("extra", "outcome", "says"),
    [
        (account("admin", "'developers' in groups", 5), "allowed", "argo/admin"),
        (account("admin", "'admins' in groups", 5), "allowed", "argo/developer"),
        (account("admin", "department == 'x'", 5), "denied", "unknown name department"),
        (account("admin", "department == 'x'", 0), "allowed", "argo/developer"),
        (account("admin", "department == 'x'", 1), "unknown", "whether"),
        (account("admin", "$env['groups'] != nil", 5), "unknown", "whether"),
        (account("elsewhere", "'developers' in groups", 9, "team-a"), "allowed", "argo/developer"),
    ],
)
def test_precedence_errors_and_namespaces(tmp_path: Path, extra: str, outcome: str, says: str) -> None:
    facts = write(tmp_path, extra + HARDENED)

    _, report = audited("-n", "argo", "--claims", claims(tmp_path, sub="u", groups=["developers"]), "--from", facts)

    assert report["signIn"]["outcome"] == outcome
    assert says in report["signIn"]["summary"]


def test_delegation_takes_the_account_of_the_namespace(tmp_path: Path) -> None:
    server = next(part for part in HARDENED.split("---\n") if "image: quay.io/argoproj/argocli" in part)
    on = server + "        env:\n        - {name: SSO_DELEGATE_RBAC_TO_NAMESPACE, value: 'true'}\n"
    text = account("owner", "'developers' in groups", 9, "team-a") + HARDENED.replace(server, on)
    person = claims(tmp_path, sub="u", groups=["developers"])

    _, there = audited("-n", "team-a", "--claims", person, "--from", write(tmp_path, text))
    _, here = audited("-n", "argo", "--claims", person, "--from", write(tmp_path, text))

    assert "team-a/owner" in there["signIn"]["summary"]
    assert "argo/developer" in here["signIn"]["summary"]


def edited(old: str, new: str, text: str = HARDENED) -> str:
    assert old in text
    return text.replace(old, new)


SERVER = next(part for part in HARDENED.split("---\n") if "image: quay.io/argoproj/argocli" in part)
DELEGATING = SERVER + "        env:\n        - {name: SSO_DELEGATE_RBAC_TO_NAMESPACE, value: 'true'}\n"
FROM_ELSEWHERE = SERVER + "        envFrom:\n        - configMapRef: {name: settings}\n"
OF_TEAM_A = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: %s, namespace: team-a}\n---\n"


def without_accounts_of_team_a(text: str) -> str:
    for name in ("default", "reports"):
        text = edited(OF_TEAM_A % name, "", text)
    return text


@pytest.mark.parametrize(
    ("text", "group", "says"),
    [
        (
            without_accounts_of_team_a(edited(SERVER, DELEGATING)),
            "testers",
            "the service accounts of team-a were not read",
        ),
        (
            account("owner", "$env['groups'] != nil", 9, "team-a") + edited(SERVER, DELEGATING),
            "testers",
            "the rule of team-a/owner is not evaluated",
        ),
        (
            account("owner", "'testers' in groups", 9, "team-a")
            + edited(":v4.0.10", ":latest", edited(SERVER, DELEGATING)),
            "testers",
            "depends on the server's version",
        ),
        (edited("issuer: https://login.example.com", "issuer: [1]"), "developers", "have another form"),
        (edited(SERVER, edited("--auth-mode=sso, ", "", FROM_ELSEWHERE)), "developers", "may set the server's mode"),
        (edited("--auth-mode=sso", "--auth-mode=$(MODE)"), "developers", "may set the server's mode"),
    ],
    ids=["accounts", "rule", "version", "settings", "mode", "mode in a variable"],
)
def test_what_decides_a_sign_in_and_was_not_read(tmp_path: Path, text: str, group: str, says: str) -> None:
    person = claims(tmp_path, sub="u", groups=[group])

    _, report = audited("-n", "team-a", "--claims", person, "--from", write(tmp_path, text))

    assert report["signIn"]["outcome"] == "unknown"
    assert says in json.dumps(report["signIn"])


@pytest.mark.parametrize(
    ("server", "told", "sure"),
    [
        (SERVER, True, True),
        (edited("[server, ", "[server, --secure=false, ", SERVER), False, False),
        (edited("[server, ", "[server, --secure=false, ", FROM_ELSEWHERE), False, False),
        (FROM_ELSEWHERE, True, False),
    ],
    ids=["own", "plain", "plain whatever the variables", "variables from elsewhere"],
)
def test_a_hole_in_the_servers_own_tls(tmp_path: Path, server: str, told: bool, sure: bool) -> None:
    text = edited(":v4.0.10", ":v3.1.2", edited(SERVER, server))

    shown = run("audit", "argo", "--only", "AW-801", "--from", write(tmp_path, text)).out

    assert ("GO-2022-0388 (medium)" in shown) is told
    assert any("for sure" in line and "GO-2022-0388" in line for line in shown.splitlines()) is sure


@pytest.mark.parametrize(
    "rule", ["'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' matches '(a+)+$'", "email matches '^([a-z0-9]+[.-]?)+@x$'"]
)
def test_no_pattern_takes_for_ever(tmp_path: Path, rule: str) -> None:
    person = claims(tmp_path, email="firstnamemiddlename.lastnamecontractor@example.com", groups=["developers"])
    facts = write(tmp_path, account("admin", rule, 5) + HARDENED)

    _, report = audited("-n", "argo", "--claims", person, "--from", facts)

    assert report["signIn"]["outcome"] == "allowed"
    assert "argo/developer" in report["signIn"]["summary"]


BOUND = """apiVersion: rbac.authorization.k8s.io/v1
kind: {kind}
metadata: {{name: everybody, namespace: {namespace}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {role_kind}, name: {role}}}
subjects:
- {{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "{group}"}}
---
"""


def bound(group: str, role: str, kind: str = "ClusterRoleBinding", namespace: str = "''") -> str:
    role_kind = "ClusterRole" if kind == "ClusterRoleBinding" else "Role"
    return BOUND.format(kind=kind, namespace=namespace, role_kind=role_kind, role=role, group=group)


WRITER = """apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: writer, namespace: argo}
rules:
- {apiGroups: [""], resources: [configmaps, serviceaccounts], verbs: [update, patch]}
---
"""


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (bound("system:serviceaccounts:team-a", "cluster-admin"), {"AW-201"}),
        (bound("system:serviceaccounts", "cluster-admin"), {"AW-201"}),
        (WRITER + bound("system:authenticated", "writer", "RoleBinding", "argo"), {"AW-215", "AW-223"}),
        (bound("system:authenticated", "system:basic-user"), set()),
    ],
    ids=["accounts of the namespace", "all accounts", "everybody", "what every cluster has"],
)
def test_rights_of_groups_count(tmp_path: Path, text: str, numbers: set[str]) -> None:
    _, report = audited("--from", write(tmp_path, text + HARDENED))

    found = {item["check"] for item in report["findings"]}
    assert numbers <= found
    assert bool(found) is bool(numbers)


def test_an_unknown_version_does_with_the_rights_of_the_old_one(tmp_path: Path) -> None:
    text = edited(
        "{apiGroups: [argoproj.io], resources: [workflowtaskresults], verbs: [create, patch]}",
        "{apiGroups: [''], resources: [pods], verbs: [get, patch, watch]}",
        edited(":v4.0.10", ":latest"),
    )

    _, report = audited("--only", "AW-208", "--from", write(tmp_path, text))
    _, lacking = audited("--only", "AW-208", "--from", write(tmp_path, edited("get, patch, watch", "get", text)))

    assert report["findings"] == []
    assert ["which Argo runs the workflows of team-a" in item["why"] for item in report["undecided"]] == [True]
    assert [item["subject"] for item in lacking["findings"]] == ["sa/reports -n team-a"]


def test_an_old_account_lists_its_token_itself(tmp_path: Path) -> None:
    """Kubernetes up to 1.23 made a Secret and listed it in the account: that one counts before any name."""
    text = HARDENED.replace(
        '    workflows.argoproj.io/rbac-rule-precedence: "1"\n',
        '    workflows.argoproj.io/rbac-rule-precedence: "1"\nsecrets: [{name: developer-token-x7k2p}]\n',
    )

    _, report = audited(
        "-n", "argo", "--claims", claims(tmp_path, groups=["developers"]), "--from", write(tmp_path, text)
    )

    assert report["signIn"]["outcome"] == "denied"
    assert "developer-token-x7k2p" in report["signIn"]["summary"]


SECRETS = """apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: report-x7k2p, namespace: team-a}
spec:
  entrypoint: main
  serviceAccountName: reports
  arguments:
    parameters:
    - {name: api-token, value: canary-one}
  podSpecPatch: '{"containers": [{"env": [{"name": "A", "value": "canary-two"}]}], "hostNetwork": true}'
  templates:
  - name: main
    container:
      image: alpine:3.20
      command: [sh, -c, "echo canary-three AKIAIOSFODNN7EXAMPLE"]
      env:
      - {name: DB_PASSWORD, value: canary-four}
      - {name: PLAIN, value: canary-five}
    inputs:
      artifacts:
      - name: source
        git: {repo: "https://bot:canary-six@example.com/app.git"}
  - name: call
    http:
      url: https://example.com
      headers:
      - {name: Authorization, value: Bearer canary-seven}
  - name: make
    resource:
      action: create
      manifest: |
        apiVersion: v1
        kind: Secret
        metadata: {name: x}
        stringData: {password: canary-eight}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: workflow-controller-configmap, namespace: argo}
data:
  artifactRepository: |
    s3:
      bucket: artifacts
      endpoint: https://user:canary-nine@s3.amazonaws.com
      secretKey: canary-ten
  persistence: |
    postgresql: {password: canary-eleven, host: canary-twelve}
"""


@pytest.mark.parametrize("output", ["text", "json", "sarif", "junit", "markdown", "prometheus"])
def test_no_format_shows_what_it_found(tmp_path: Path, output: str) -> None:
    result = run("audit", "argo", "--from", write(tmp_path, whole(SECRETS)), "-o", output)

    assert result.code == 1
    for number in ("AW-501", "AW-502", "AW-503", "AW-504", "AW-505", "AW-506", "AW-607"):
        assert number in result.out
    assert "canary" not in result.out + result.err
    assert "AKIAIOSFODNN7EXAMPLE" not in result.out


def test_formats_are_what_they_say(tmp_path: Path) -> None:
    facts = write(tmp_path, whole(SECRETS))

    sarif = json.loads(run("audit", "argo", "--from", facts, "-o", "sarif").out)
    results = sarif["runs"][0]["results"]
    assert {"AW-501", "AW-506"} <= {item["ruleId"] for item in results}
    assert all(item["locations"][0]["physicalLocation"]["region"]["startLine"] > 0 for item in results)
    junit = run("audit", "argo", "--from", facts, "-o", "junit").out
    assert ElementTree.fromstring(junit).tag == "testsuites"  # noqa: S314  # our own
    prometheus = run("audit", "argo", "--from", facts, "-o", "prometheus").out
    assert 'trustpath_audit_findings{rule="AW-506",severity="critical",namespace="argo"}' in prometheus


def test_a_baseline_hides_what_is_known(tmp_path: Path) -> None:
    facts, known = write(tmp_path, whole(SECRETS)), str(tmp_path / "known.json")

    assert run("audit", "argo", "--from", facts, "--write-baseline", known).code == 1
    code, report = audited("--from", facts, "--baseline", known)

    assert report["findings"] == []
    assert report["known"] > 5
    assert code == 0


def test_only_and_skip_take_numbers_and_causes(tmp_path: Path) -> None:
    facts = write(tmp_path, whole(SECRETS))

    _, one = audited("--from", facts, "--only", "AW-501")
    _, rest = audited("--from", facts, "--skip", "AW-501")

    assert {item["check"] for item in one["findings"]} == {"AW-501"}
    assert "AW-501" not in {item["check"] for item in rest["findings"]}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "AW-999"], "no check AW-999"),
        (["--claims", "nowhere.json"], "nowhere.json: no such file"),
        (["-n", "argo", "-A"], "-n and -A exclude each other"),
    ],
)
def test_wrong_use_is_told(tmp_path: Path, arguments: list[str], message: str) -> None:
    result = run("audit", "argo", "--from", write(tmp_path, HARDENED), *arguments)

    assert result.code == 2
    assert message in result.err


@pytest.mark.parametrize("text", ["[]", "{", '{"groups": "developers"}', '{"groups": [1]}'])
def test_claims_that_are_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "claims.json"
    file.write_text(text, encoding="utf-8")

    result = run("audit", "argo", "-n", "argo", "--claims", str(file), "--from", write(tmp_path, HARDENED))

    assert result.code == 2
    assert "claims.json" in result.err


def test_a_cluster_without_argo_is_told(tmp_path: Path) -> None:
    kept = [part for part in HARDENED.split("---\n") if "argoproj/" not in part or "kind: Deployment" not in part]
    other = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: team-a}\n"

    result = run("audit", "argo", "--from", write(tmp_path, "---\n".join([other, *kept])))

    assert result.code == 2
    assert "no Argo Workflows here" in result.err


def test_a_mode_from_elsewhere_is_not_known(tmp_path: Path) -> None:
    server = next(part for part in HARDENED.split("---\n") if "image: quay.io/argoproj/argocli" in part)
    hidden = server.replace("--auth-mode=sso, ", "") + "        envFrom: [{configMapRef: {name: argo}}]\n"
    facts = write(tmp_path, HARDENED.replace(server, hidden))

    _, report = audited("-n", "argo", "--claims", claims(tmp_path, groups=["developers"]), "--from", facts)

    assert report["components"][0]["modes"] == []
    assert {"AW-101", "AW-109", "AW-115", "AW-205"} <= {item["check"] for item in report["undecided"]}
    assert not {"AW-101", "AW-109", "AW-115", "AW-205"} & {item["check"] for item in report["findings"]}
    assert report["signIn"]["outcome"] == "unknown"


def test_settings_of_another_form_are_unknown(tmp_path: Path) -> None:
    text = HARDENED.replace("      enabled: true\n  workflowDefaults", "      enabled: [broken]\n  workflowDefaults")

    _, report = audited("--from", write(tmp_path, text))

    assert any(item["check"] == "settings" and "sso" in item["why"] for item in report["undecided"])
