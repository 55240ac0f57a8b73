"""``trustpath generate rbac``: what workflows need, what a log shows, and the proof of both."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.audits.test_checks import HARDENED
from tests.cli.run import run
from tests.paths.test_workflow_run import LIBRARY

HEAD = """apiVersion: argoproj.io/v1alpha1
kind: {kind}
metadata: {{name: report, namespace: team-a}}
spec:
  entrypoint: main
"""
EXECUTOR = ("argoproj.io", ["workflowtaskresults"], ["create", "patch"])
AGENT = [
    ("argoproj.io", ["workflowtasksets"], ["list", "watch"]),
    ("argoproj.io", ["workflowtasksets/status"], ["patch"]),
]


def objects(text: str) -> list[dict[str, Any]]:
    return [value for value in yaml.safe_load_all(text) if value]


def generated(folder: Path, spec: str, *arguments: str, kind: str = "Workflow") -> list[dict[str, Any]]:
    file = folder / "workflow.yaml"
    file.write_text(HEAD.format(kind=kind) + spec, encoding="utf-8")
    result = run("generate", "rbac", "-f", str(file), *arguments)
    assert result.code == 0, result.err
    return objects(result.out)


def rules(
    items: list[dict[str, Any]], name: str = "", namespace: str = "team-a"
) -> list[tuple[str, list[str], list[str]]]:
    return [
        (rule["apiGroups"][0], rule["resources"], rule["verbs"])
        for item in items
        if item["kind"] in ("Role", "ClusterRole") and item["metadata"].get("namespace", "") == namespace
        if not name or item["metadata"]["name"] == name
        for rule in item["rules"]
    ]


CONTAINER = "  templates:\n  - name: main\n    container: {image: alpine}\n"
MAKE = "  - name: make\n    resource:\n      action: {action}\n{more}      manifest: |\n        {manifest}\n"


def make(action: str, manifest: str, more: str = "") -> str:
    return CONTAINER + MAKE.format(action=action, more=more, manifest=manifest.replace("\n", "\n        "))


JOB = "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: x-}"


@pytest.mark.parametrize(
    ("spec", "arguments", "wanted"),
    [
        (CONTAINER, [], [EXECUTOR]),
        ("  workflowTemplateRef: {name: shared}\n", [], [EXECUTOR]),
        (CONTAINER, ["--argo-version", "3.4.17"], [EXECUTOR]),
        (CONTAINER, ["--argo-version", "3.3.10"], [EXECUTOR]),
        (CONTAINER, ["--argo-version", "3.2.11"], [("", ["pods"], ["get", "patch"])]),
        (CONTAINER + "  - name: call\n    http: {url: https://a}\n", [], [EXECUTOR, *AGENT]),
        ("  templates:\n  - name: call\n    http: {url: https://a}\n", [], AGENT),
        (
            "  templates:\n  - name: call\n    http: {url: https://a}\n",
            ["--argo-version", "3.2.0"],
            [("argoproj.io", ["workflowtasksets"], ["list", "patch", "watch"])],
        ),
        (make("create", JOB), [], [EXECUTOR, ("batch", ["jobs"], ["create"])]),
        (
            make("create", JOB, "      successCondition: status.succeeded > 0\n"),
            [],
            [EXECUTOR, ("batch", ["jobs"], ["create", "get", "watch"])],
        ),
        (make("delete", "apiVersion: v1\nkind: ConfigMap"), [], [EXECUTOR, ("", ["configmaps"], ["delete", "get"])]),
        (
            make("apply", "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy"),
            [],
            [EXECUTOR, ("networking.k8s.io", ["networkpolicies"], ["create", "get", "patch"])],
        ),
        (
            make("create", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow"),
            [],
            [EXECUTOR, ("argoproj.io", ["workflows"], ["create"])],
        ),
        (CONTAINER + "    memoize: {key: a, cache: {configMap: {name: c}}}\n", [], [EXECUTOR]),
        ("  templates:\n  - name: main\n    suspend: {}\n", [], []),
        (
            CONTAINER + "  - name: clean\n    resource: {action: delete, flags: [configmap, --selector, app=a]}\n",
            [],
            [EXECUTOR, ("", ["configmaps"], ["delete", "get", "list"])],
        ),
    ],
)
def test_features_of_templates(
    tmp_path: Path, spec: str, arguments: list[str], wanted: list[tuple[str, list[str], list[str]]]
) -> None:
    found = generated(tmp_path, "  serviceAccountName: reports\n" + spec, *arguments)

    assert rules(found) == wanted


def test_default_gets_an_account_of_its_own(tmp_path: Path) -> None:
    found = generated(tmp_path, CONTAINER)

    assert [(item["kind"], item["metadata"]["name"]) for item in found] == [
        ("ServiceAccount", "report"),
        ("Role", "report"),
        ("RoleBinding", "report"),
    ]
    assert found[2]["subjects"] == [{"kind": "ServiceAccount", "name": "report", "namespace": "team-a"}]


def test_each_account_has_its_own_role(tmp_path: Path) -> None:
    spec = "  serviceAccountName: one\n" + make("create", JOB).replace(
        "- name: make\n", "- name: make\n    serviceAccountName: two\n"
    )

    found = generated(tmp_path, spec)

    assert rules(found, "one") == [EXECUTOR]
    assert rules(found, "two") == [EXECUTOR, ("batch", ["jobs"], ["create"])]
    assert rules(generated(tmp_path, spec, "--sa", "all"), "all") == [EXECUTOR, ("batch", ["jobs"], ["create"])]


def test_the_collector_of_artifacts_is_another_account(tmp_path: Path) -> None:
    spec = (
        "  serviceAccountName: one\n  artifactGC: {strategy: OnWorkflowDeletion, serviceAccountName: gc}\n" + CONTAINER
    )

    assert rules(generated(tmp_path, spec), "gc") == [
        ("argoproj.io", ["workflowartifactgctasks"], ["list", "watch"]),
        ("argoproj.io", ["workflowartifactgctasks/status"], ["patch"]),
    ]


def test_an_executor_account_writes_the_results(tmp_path: Path) -> None:
    spec = (
        "  serviceAccountName: one\n  automountServiceAccountToken: false\n  executor: {serviceAccountName: writer}\n"
        + CONTAINER
    )

    found = generated(tmp_path, spec)

    assert rules(found, "writer") == [EXECUTOR]
    assert rules(found, "one") == []
    assert ("Secret", "writer.service-account-token") in [(item["kind"], item["metadata"]["name"]) for item in found]


def test_a_manifest_for_another_namespace_and_for_the_cluster(tmp_path: Path) -> None:
    other = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: shop"
    cluster = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a"

    found = generated(tmp_path, "  serviceAccountName: one\n" + make("create", other))
    assert rules(found, namespace="shop") == [("", ["configmaps"], ["create"])]
    found = generated(tmp_path, "  serviceAccountName: one\n" + make("create", cluster))
    assert rules(found, namespace="") == [("", ["namespaces"], ["create"])]


def test_a_long_manifest_takes_no_longer_than_its_length(tmp_path: Path) -> None:
    """A pattern that tried every split of the lines took minutes on a manifest of a hundred lines."""
    lines = "".join(f"\n  name{number}: x" for number in range(20_000))

    found = generated(tmp_path, "  serviceAccountName: one\n" + make("create", f"{JOB}\nmetadata:{lines}\nspec: {{}}"))

    assert rules(found) == [EXECUTOR, ("batch", ["jobs"], ["create"])]


def test_a_kind_that_nobody_serves_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "workflow.yaml"
    file.write_text(HEAD.format(kind="Workflow") + make("create", "apiVersion: example.com/v1\nkind: Widget"))
    result = run("generate", "rbac", "-f", str(file))
    assert result.code == 2
    assert "nobody knows the resource of kind Widget in example.com/v1" in result.err

    definition = tmp_path / "definition.yaml"
    definition.write_text(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.example.com}\n"
        "spec: {group: example.com, scope: Namespaced, names: {plural: widgets, singular: widget}}\n"
    )
    found = run("generate", "rbac", "-f", str(file), "--from", str(definition))
    assert ("example.com", ["widgets"], ["create"]) in rules(objects(found.out))


def test_a_cron_workflow_says_where_the_account_belongs(tmp_path: Path) -> None:
    file = tmp_path / "cron.yaml"
    file.write_text(
        "apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nmetadata: {name: nightly, namespace: team-a}\n"
        "spec:\n  schedules: ['0 3 * * *']\n  workflowSpec:\n"
        "    templates:\n    - {name: main, container: {image: a}}\n"
    )

    result = run("generate", "rbac", "-f", str(file))

    assert "spec.workflowSpec.serviceAccountName: nightly" in result.out
    assert rules(objects(result.out)) == [EXECUTOR]


def usage(folder: Path, spec: str, *arguments: str, kind: str = "Workflow") -> list[str]:
    file = folder / "workflow.yaml"
    file.write_text(HEAD.format(kind=kind) + spec, encoding="utf-8")
    lines = run("generate", "rbac", "-f", str(file), *arguments).out.splitlines()
    return [line.removeprefix("# use: ").partition(" #")[0] for line in lines if line.startswith("# use: ")]


def test_each_account_is_named_where_it_counts(tmp_path: Path) -> None:
    spec = (
        "  serviceAccountName: one\n  artifactGC: {strategy: OnWorkflowDeletion}\n"
        "  executor: {serviceAccountName: writer}\n"
        + make("create", JOB).replace("- name: make\n", "- name: make\n    serviceAccountName: two\n")
    )

    assert usage(tmp_path, spec) == [
        "spec.executor.serviceAccountName: writer",
        "spec.templates[1].serviceAccountName: two",
        "spec.artifactGC.serviceAccountName: report",
    ]
    assert usage(tmp_path, spec, "--sa", "all") == [
        "spec.serviceAccountName: all",
        "spec.executor.serviceAccountName: all",
        "spec.templates[1].serviceAccountName: all",
        "spec.artifactGC.serviceAccountName: all",
        "argo submit -n team-a --serviceaccount all FILE",
    ]
    assert usage(tmp_path, CONTAINER, kind="ClusterWorkflowTemplate") == [
        "spec.serviceAccountName: report",
        "argo submit -n default --serviceaccount report --from clusterworkflowtemplate/report",
    ]


def test_a_token_is_made_under_the_name_that_the_account_says(tmp_path: Path) -> None:
    facts = tmp_path / "facts.yaml"
    facts.write_text(
        "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: writer\n  namespace: team-a\n"
        "  annotations: {workflows.argoproj.io/service-account-token.name: writer-token}\n",
        encoding="utf-8",
    )

    found = generated(tmp_path, "  executor: {serviceAccountName: writer}\n" + CONTAINER, "--from", str(facts))

    assert ("Secret", "writer-token") in [(item["kind"], item["metadata"]["name"]) for item in found]


def test_templates_of_others_are_written_for(tmp_path: Path) -> None:
    library = tmp_path / "library.yaml"
    library.write_text(LIBRARY, encoding="utf-8")
    steps = "    steps:\n    - - {name: a, templateRef: {name: lib, template: maps}}\n"
    spec = "  serviceAccountName: one\n  templates:\n  - name: main\n" + steps
    cron = tmp_path / "cron.yaml"
    cron.write_text(
        "apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nmetadata: {name: c, namespace: team-a}\n"
        "spec: {schedules: [x], workflowSpec: {serviceAccountName: one, workflowTemplateRef: {name: lib}}}\n"
    )

    maps = ("", ["configmaps"], ["create"])
    assert rules(generated(tmp_path, spec, "--from", str(library))) == [EXECUTOR, maps]
    assert maps in rules(objects(run("generate", "rbac", "-f", str(cron), "--from", str(library)).out))
    alone = run("generate", "rbac", "-f", str(cron))
    assert "# not looked at, as it was not read: WorkflowTemplate lib" in alone.out
    outputs = make("create", JOB) + "    outputs: {parameters: [{name: a, valueFrom: {jsonPath: '{.status}'}}]}\n"
    assert ("batch", ["jobs"], ["create", "get"]) in rules(generated(tmp_path, "  serviceAccountName: one\n" + outputs))


def test_an_iam_role_for_the_steps(tmp_path: Path) -> None:
    arn = "arn:aws:iam::111122223333:role/reports"
    spec = "  serviceAccountName: one\n  executor: {serviceAccountName: writer}\n" + make("create", JOB)

    found = generated(tmp_path, spec, "--iam-role", arn)
    accounts = {
        item["metadata"]["name"]: item["metadata"].get("annotations")
        for item in found
        if item["kind"] == "ServiceAccount"
    }
    assert accounts == {"one": {"eks.amazonaws.com/role-arn": arn}, "writer": None}
    associated = usage(tmp_path, spec, "--iam-role", arn, "--pod-identity", "prod")
    assert [line.partition(" --namespace ")[2] for line in associated if line.startswith("aws eks")] == [
        f"team-a --service-account one --role-arn {arn}"
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("--auth-mode=sso, ", "", "comes from a variable that was not read"),
        ("issuer: https://login.example.com", "issuer: [1]", "have another form than Argo gives them"),
        ("kind: ConfigMap", "kind: Other", "were not read"),
    ],
)
def test_a_server_of_which_nobody_knows_as_whom_it_acts(tmp_path: Path, old: str, new: str, says: str) -> None:
    server = next(part for part in HARDENED.split("---\n") if "image: quay.io/argoproj/argocli" in part)
    text = HARDENED.replace(server, server + "        envFrom:\n        - configMapRef: {name: settings}\n")
    assert old in text
    facts = tmp_path / "facts.yaml"
    facts.write_text(text.replace(old, new), encoding="utf-8")

    result = run("generate", "rbac", "argo-server", "--from", str(facts))

    assert (result.code, result.out) == (2, "")
    assert says in result.err


def test_the_installation_tells_version_and_defaults(tmp_path: Path) -> None:
    facts = tmp_path / "facts.yaml"
    facts.write_text(HARDENED.replace("v4.0.10", "v3.2.4"), encoding="utf-8")

    found = objects(run("generate", "rbac", "workflow/report-x7k2p", "-n", "team-a", "--from", str(facts)).out)

    assert rules(found, "reports") == [("", ["pods"], ["get", "patch"])]
    assert all(item["kind"] != "ServiceAccount" for item in found)


def test_secrets_that_the_settings_name(tmp_path: Path) -> None:
    """Without its client's Secret a server does not start; both read the database's."""
    facts = tmp_path / "facts.yaml"
    database = "      host: db.example.com\n"
    named = "".join(f"      {key}Secret: {{name: argo-db, key: {key}}}\n" for key in ("userName", "password"))
    memoized = CONTAINER + "    memoize: {key: a, cache: {configMap: {name: c}}}\n"
    text = HEAD.format(kind="WorkflowTemplate") + memoized + "---\n" + HARDENED.replace(database, database + named)
    facts.write_text(text, encoding="utf-8")

    def secrets(target: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for item in objects(run("generate", "rbac", target, "--from", str(facts)).out):
            for rule in item.get("rules", ()):
                if "secrets" in rule["resources"] and rule["verbs"] == ["get"]:
                    found.setdefault(item["metadata"].get("namespace", ""), set()).update(rule["resourceNames"])
        return found

    assert secrets("argo-server") == {"argo": {"argo-db", "developer.service-account-token", "sso", "sso-client"}}
    # The certificates of agents are beside the workflows.
    assert secrets("argo-controller") == {"": {"argo-workflows-agent-ca-certificates"}, "argo": {"argo-db"}}
    controller = objects(run("generate", "rbac", "argo-controller", "--from", str(facts)).out)
    written = [rule for item in controller for rule in item.get("rules", ()) if rule["resources"] == ["configmaps"]]
    assert any({"create", "update"} <= set(rule["verbs"]) for rule in written)


def test_components_and_check(tmp_path: Path) -> None:
    facts = tmp_path / "facts.yaml"
    facts.write_text(HARDENED, encoding="utf-8")

    server = objects(run("generate", "rbac", "argo-server", "--from", str(facts)).out)
    assert {item["kind"] for item in server} == {"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"}
    named = [rule for item in server for rule in item.get("rules", []) if "secrets" in rule["resources"]]
    assert all(rule["verbs"] == ["create"] or rule["resourceNames"] for rule in named)
    assert ["developer.service-account-token"] in [rule.get("resourceNames") for rule in named]

    right = run("generate", "rbac", "workflow/report-x7k2p", "-n", "team-a", "--from", str(facts), "--check")
    assert (right.code, right.out) == (0, "team-a/reports has just what it needs\n")
    facts.write_text(
        HARDENED.replace(
            "resources: [workflowtaskresults], verbs: [create, patch]",
            "resources: [workflowtaskresults, workflows], verbs: [create]",
        ),
        encoding="utf-8",
    )
    wrong = run("generate", "rbac", "workflow/report-x7k2p", "-n", "team-a", "--from", str(facts), "--check")
    assert wrong.code == 1
    assert "lacks: patch workflowtaskresults.argoproj.io in team-a" in wrong.out
    assert "has too much: create workflows.argoproj.io in team-a" in wrong.out


USER = "system:serviceaccount:team-a:reports"


def event(verb: str, resource: str, name: str = "", **more: Any) -> dict[str, Any]:
    reference = {"resource": resource, "namespace": "team-a", "name": name, "apiGroup": more.pop("group", "")}
    reference |= more.pop("reference", {})
    return {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "stage": "ResponseComplete",
        "verb": verb,
        "user": {"username": more.pop("user", USER)},
        "objectRef": reference,
        "responseStatus": {"code": more.pop("code", 200)},
        "annotations": {"authorization.k8s.io/decision": more.pop("decision", "allow")},
        **more,
    }


EVENTS = [
    event("get", "configmaps", "settings"),
    event("get", "configmaps", "settings"),
    event("list", "pods"),
    event("watch", "pods"),
    event("get", "pods", "report-x7k2p-abc", reference={"subresource": "log"}),
    event("patch", "workflowtaskresults", "report-1234567890", group="argoproj.io"),
    event("create", "workflowtaskresults", group="argoproj.io"),
    event("get", "nodes", "", reference={"namespace": ""}),
    event("delete", "secrets", "db", decision="forbid", code=403),
    event("list", "secrets", user="somebody"),
    event("list", "jobs", group="batch", user="admin", impersonatedUser={"username": USER}),
    event("list", "jobs", group="batch", stage="RequestReceived"),
    {**event("get", ""), "objectRef": None, "requestURI": "/version?timeout=32s"},
]
WANTED = {
    ("team-a", "", ("configmaps",), ("get",), ("settings",)),
    ("team-a", "", ("pods",), ("list", "watch"), ()),
    ("team-a", "", ("pods/log",), ("get",), ("report-x7k2p-abc",)),
    ("team-a", "argoproj.io", ("workflowtaskresults",), ("create", "patch"), ()),
    ("team-a", "batch", ("jobs",), ("list",), ()),
    ("", "", ("nodes",), ("get",), ()),
    ("", "", ("/version",), ("get",), ()),
}


def uses(text: str) -> set[tuple[str, str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]]:
    return {
        (
            item["metadata"].get("namespace", ""),
            rule.get("apiGroups", [""])[0],
            tuple(rule.get("resources", rule.get("nonResourceURLs"))),
            tuple(rule["verbs"]),
            tuple(rule.get("resourceNames", ())),
        )
        for item in objects(text)
        for rule in item.get("rules", [])
    }


@pytest.mark.parametrize("form", ["lines", "gzip", "list", "export", "message", "time"])
def test_a_log_becomes_the_least_role(tmp_path: Path, form: str) -> None:
    lines = [json.dumps(item) for item in EVENTS]
    if form == "list":
        lines = [json.dumps({"kind": "EventList", "items": EVENTS})]
    elif form == "export":
        lines = [json.dumps({"@timestamp": "x", "@message": line}) for line in lines]
    elif form == "message":
        lines = [json.dumps({"events": [{"timestamp": 1, "message": line} for line in lines]})]
    elif form == "time":
        lines = [f"2026-11-22T10:00:00Z {line}" for line in lines]
    file = tmp_path / "audit.log"
    data = ("\n".join(lines) + "\n").encode()
    file.write_bytes(gzip.compress(data) if form == "gzip" else data)

    result = run("generate", "rbac", "sa/team-a:reports", "--audit-log", str(file))

    assert result.code == 0, result.err
    assert uses(result.out) == WANTED
    assert "# refused, and not in here: delete secrets in team-a" in result.out
    assert "*" not in result.out.replace("# ", "")
    assert [line for line in result.out.splitlines() if line.startswith("# for every name")] == [
        "# for every name: get nodes",
        "# for every name: patch workflowtaskresults in team-a",
    ]


def test_what_was_refused_can_be_written_as_well(tmp_path: Path) -> None:
    file = tmp_path / "audit.log"
    file.write_text("\n".join(map(json.dumps, EVENTS)), encoding="utf-8")

    result = run("generate", "rbac", "sa/team-a:reports", "--audit-log", str(file), "--with-refused")

    assert ("team-a", "", ("secrets",), ("delete",), ("db",)) in uses(result.out)


def test_many_names_are_no_list(tmp_path: Path) -> None:
    file = tmp_path / "audit.log"
    many = [event("get", "configmaps", f"settings{chr(97 + number)}") for number in range(20)]
    file.write_text("\n".join(map(json.dumps, many)), encoding="utf-8")

    result = run("generate", "rbac", "sa/team-a:reports", "--audit-log", str(file))

    assert uses(result.out) == {("team-a", "", ("configmaps",), ("get",), ())}
    assert "# for every name: get configmaps in team-a" in result.out
    assert "allow other names of what is listed at the end besides" in result.out


def test_refused_requests_become_rules(tmp_path: Path) -> None:
    file = tmp_path / "messages.txt"
    file.write_text(
        f'configmaps "settings" is forbidden: User "{USER}" cannot get resource "configmaps" in API group "" in the '
        'namespace "team-a"\nsome other line\n'
        f'pods is forbidden: User "{USER}" cannot list resource "pods" in API group "" at the cluster scope\n',
        encoding="utf-8",
    )

    result = run("generate", "rbac", "sa/team-a:reports", "--requests", str(file))

    assert uses(result.out) == {
        ("team-a", "", ("configmaps",), ("get",), ("settings",)),
        ("", "", ("pods",), ("list",), ()),
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name one target"),
        (["workflow/nothing", "--from", "FACTS"], "no Workflow nothing"),
        (["thing/x", "--from", "FACTS"], "is no target"),
        (["sa/a:b"], "a subject and what it did go together"),
        (["sa/a:b", "--audit-log", "nowhere"], "nowhere: no such file"),
        (["sa/a:b", "--audit-log", "FACTS"], "holds no audit event"),
        (["-f", "FACTS", "--argo-version", "new"], "`new` is no version"),
        (["argo-server", "--from", "EMPTY"], "no Argo server among these facts"),
        (["-f", "FACTS", "--iam-role", "reports"], "`reports` is no ARN of an IAM role"),
        (["argo-server", "--from", "FACTS", "--iam-role", "arn:aws:iam::111122223333:role/x"], "is for workflows"),
    ],
)
def test_wrong_use_is_told(tmp_path: Path, arguments: list[str], message: str) -> None:
    facts = tmp_path / "facts.yaml"
    facts.write_text(HARDENED, encoding="utf-8")
    empty = tmp_path / "empty.yaml"
    empty.write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n", encoding="utf-8")

    result = run(
        "generate", "rbac", *(item.replace("FACTS", str(facts)).replace("EMPTY", str(empty)) for item in arguments)
    )

    assert result.code == 2
    assert message in result.err
    assert "Traceback" not in result.err
