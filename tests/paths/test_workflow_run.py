"""``why workflow/NAME``: the steps' accounts, tokens and rights, by version and features."""

from pathlib import Path

import pytest

from tests.audits.test_checks import HARDENED, whole
from tests.cli.run import run
from trustpath.facts.dumps import read_dumps
from trustpath.model.question import WorkflowRun
from trustpath.paths.links import outcome
from trustpath.paths.workflow_run import follow_workflow_run
from trustpath.paths.workflow_run.walk import WorkflowWalk

SPEC = """apiVersion: argoproj.io/v1alpha1
kind: {kind}
metadata: {{name: {name}, namespace: {namespace}}}
spec:
{spec}---
"""
CONTAINER = "  templates:\n  - name: main\n    container: {image: alpine}\n"
HTTP = "  templates:\n  - name: call\n    http: {url: https://a}\n"
TOKEN = """apiVersion: v1
kind: Secret
metadata:
  name: reports.service-account-token
  namespace: team-a
  annotations: {kubernetes.io/service-account.name: reports}
type: kubernetes.io/service-account-token
---
"""


def walked(folder: Path, spec: str, kind: str = "Workflow", extra: str = "", facts: str = HARDENED) -> WorkflowWalk:
    text = whole(extra + SPEC.format(kind=kind, name="mine", namespace="team-a", spec=spec) + "# end\n")
    file = folder / "facts.yaml"
    file.write_text(text if facts is HARDENED else facts, encoding="utf-8")
    snapshot, _ = read_dumps([str(file)])
    return follow_workflow_run(snapshot, WorkflowRun(kind, "team-a", "mine"))


@pytest.mark.parametrize(
    ("spec", "extra", "link", "says"),
    [
        ("  serviceAccountName: reports\n" + CONTAINER, "", "", "all 2 requests"),
        (CONTAINER, "", "authorization", "team-a/default create workflowtaskresults"),
        ("  serviceAccountName: nobody\n" + CONTAINER, "", "account", "nobody does not exist"),
        ("  serviceAccountName: reports\n" + HTTP, TOKEN, "authorization", "list workflowtasksets"),
        ("  serviceAccountName: reports\n  workflowTemplateRef: {name: report}\n", "", "", "all 2 requests"),
        (
            "  serviceAccountName: reports\n" + CONTAINER + "    memoize: {key: a, cache: {configMap: {name: c}}}\n",
            "",
            "authorization",
            "argo/argo create configmaps in namespace team-a",
        ),
    ],
)
def test_what_is_refused_first(tmp_path: Path, spec: str, extra: str, link: str, says: str) -> None:
    walk = walked(tmp_path, spec, extra=extra)

    assert outcome(walk.results.values()) == ("denied" if link else "allowed")
    result = walk.results[link or "authorization"]
    assert result.state == ("broken" if link else "ok")
    assert says in result.says


def test_without_secrets_nobody_knows_of_tokens(tmp_path: Path) -> None:
    parts = [part for part in HARDENED.split("---\n") if "kind: Secret" not in part]
    spec = "  serviceAccountName: reports\n" + HTTP
    own = SPEC.format(kind="Workflow", name="mine", namespace="team-a", spec=spec)
    walk = walked(tmp_path, "", facts=own + "---\n".join(parts))

    assert walk.results["stored-token"].state == "unknown"
    assert outcome(walk.results.values()) == "denied"  # the agent lacks its rights whatever the token


def test_a_stored_token_of_another_account_is_none(tmp_path: Path) -> None:
    walk = walked(tmp_path, "  serviceAccountName: reports\n" + HTTP, extra=TOKEN.replace("reports", "other"))

    assert walk.results["stored-token"].state == "broken"
    assert "reports.service-account-token" in walk.results["stored-token"].says


def test_a_template_that_was_not_read_is_unknown(tmp_path: Path) -> None:
    walk = walked(tmp_path, "  serviceAccountName: reports\n  workflowTemplateRef: {name: other}\n")

    assert outcome(walk.results.values()) == "unknown"


def test_a_cron_workflow_and_a_template(tmp_path: Path) -> None:
    cron = "  schedules: ['0 3 * * *']\n  workflowSpec:\n    serviceAccountName: reports\n"
    cron += "".join(f"  {line}\n" for line in CONTAINER.splitlines())

    assert outcome(walked(tmp_path, cron, "CronWorkflow").results.values()) == "allowed"
    assert outcome(walked(tmp_path, CONTAINER, "WorkflowTemplate").results.values()) == "denied"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["workflow/report-x7k2p"], 0, "allowed"),
        (["wf", "report-x7k2p"], 0, "allowed"),
        (["cronworkflow/nightly"], 0, "allowed"),
        (["wf-template/report"], 0, "allowed"),
        (["workflow/nothing"], 2, "no Workflow team-a/nothing"),
        (["workflow/"], 2, "names no Workflow"),
        (["workflow/report-x7k2p", "list"], 2, "one word too many"),
    ],
)
def test_how_it_is_asked(tmp_path: Path, words: list[str], code: int, says: str) -> None:
    file = tmp_path / "facts.yaml"
    file.write_text(HARDENED, encoding="utf-8")

    result = run("why", *words, "-n", "team-a", "--from", str(file))

    assert result.code == code
    assert says in result.out + result.err


def test_without_a_version_both_kinds_of_executor_count(tmp_path: Path) -> None:
    """Up to 3.2 an executor patches pods, later it writes results: with the right to one of them nobody knows."""
    unversioned = HARDENED.replace(":v4.0.10", ":latest")
    pods = unversioned.replace(
        "{apiGroups: [argoproj.io], resources: [workflowtaskresults], verbs: [create, patch]}",
        "{apiGroups: [''], resources: [pods], verbs: [get, patch]}",
    )
    both = pods.replace(
        "rules:\n- {apiGroups: [''],",
        "rules:\n- {apiGroups: [argoproj.io], resources: [workflowtaskresults], verbs: [create, patch]}\n"
        "- {apiGroups: [''],",
    )
    neither = pods.replace("resources: [pods], verbs: [get, patch]", "resources: [pods], verbs: [get]")
    found = {}
    for name, facts in (("new", unversioned), ("old", pods), ("both", both), ("neither", neither)):
        text = SPEC.format(
            kind="Workflow", name="mine", namespace="team-a", spec="  serviceAccountName: reports\n" + CONTAINER
        )
        walk = walked(tmp_path, "", facts=text + facts)
        found[name] = walk.results["authorization"]

    assert {name: result.state for name, result in found.items()} == {
        "new": "unknown",
        "old": "unknown",
        "both": "ok",
        "neither": "broken",
    }
    assert "depends on Argo's version" in found["old"].says


LIBRARY = """apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: lib, namespace: team-a}
spec:
  templates:
  - name: outer
    dag: {tasks: [{name: a, template: maps}]}
  - name: maps
    resource: {action: create, manifest: "apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: a}"}
  - name: call
    http: {url: https://a}
  - name: secrets
    resource: {action: create, manifest: "apiVersion: v1\\nkind: Secret\\nmetadata: {name: a}"}
---
"""
STEPS = "  serviceAccountName: reports\n  templates:\n  - name: main\n    steps:\n    - - {name: a, %s}\n"
MAKE_MAP = (
    "  - name: make\n    resource:\n      action: create\n      manifest: |\n"
    "        apiVersion: v1\n        kind: ConfigMap\n        metadata:\n          namespace: %s\n"
)


@pytest.mark.parametrize(
    ("step", "state", "says"),
    [
        ("templateRef: {name: lib, template: maps}", "broken", "create configmaps in namespace team-a"),
        ("templateRef: {name: lib, template: outer}", "broken", "create configmaps in namespace team-a"),
        ("templateRef: {name: lib, template: call}", "broken", "list workflowtasksets"),
        ("templateRef: {name: lib, template: nothing}", "unknown", ""),
        ("templateRef: {name: other, template: maps}", "unknown", ""),
        ("inline: {container: {image: alpine}}", "ok", "all 2 requests"),
        ("inline: {http: {url: https://a}}", "broken", "list workflowtasksets"),
        ("template: main", "unknown", "nothing of what it asks for is known"),
    ],
)
def test_templates_that_stand_elsewhere(tmp_path: Path, step: str, state: str, says: str) -> None:
    walk = walked(tmp_path, STEPS % step, extra=LIBRARY + TOKEN)

    result = walk.results["authorization"]
    if state != "unknown" or says:
        assert result.state == state
        assert says in result.says
    if state == "unknown":
        assert outcome(walk.results.values()) == "unknown"
    assert "secrets" not in result.says, "nobody comes to that template"


def test_what_a_workflow_says_itself_counts_before_its_template(tmp_path: Path) -> None:
    template = SPEC.format(kind="WorkflowTemplate", name="tpl", namespace="team-a", spec=CONTAINER)
    own = (
        "  serviceAccountName: default\n  executor: {serviceAccountName: reports}\n  workflowTemplateRef: {name: tpl}\n"
    )

    walk = walked(tmp_path, own, extra=template + TOKEN)

    assert outcome(walk.results.values()) == "allowed"


@pytest.mark.parametrize(
    ("namespace", "state"), [("'{{workflow.namespace}}'", "broken"), ("'{{inputs.parameters.x}}'", "unknown")]
)
def test_a_namespace_that_is_filled_in_later(tmp_path: Path, namespace: str, state: str) -> None:
    spec = "  serviceAccountName: reports\n" + CONTAINER + MAKE_MAP % namespace

    result = walked(tmp_path, spec).results["authorization"]

    assert result.state == state
    assert "{{" not in result.says


def test_a_manifest_from_elsewhere_is_unknown(tmp_path: Path) -> None:
    made = "  - name: make\n    resource: {action: create, manifestFrom: {artifact: {name: a}}}\n"

    assert (
        walked(tmp_path, "  serviceAccountName: reports\n" + CONTAINER + made).results["authorization"].state
        == "unknown"
    )
