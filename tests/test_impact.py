"""What-if: manifests applied to a copy of the facts, and every question asked before and after."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.causes import pages
from tests.cli.run import run
from tests.fixes.test_breakages import HEALTHY
from trustpath.facts.dumps import read_dumps
from trustpath.fixes.application import apply
from trustpath.model.fix import ApplyObject

CI, NODES = (f"arn:aws:iam::111122223333:role/{name}" for name in ("ci", "nodes"))
GROUP = "rbac.authorization.k8s.io"


def aws_auth(*entries: tuple[str, str, list[str]]) -> dict[str, Any]:
    mapped = [{"rolearn": arn, "username": user, "groups": groups} for arn, user, groups in entries]
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "kube-system"},
            "data": {"mapRoles": yaml.safe_dump(mapped)}}  # fmt: skip


NODE = (NODES, "system:node:{{EC2PrivateDNSName}}", ["system:bootstrappers", "system:nodes"])
PIPELINE = (CI, "ci", ["deployers"])
OBJECTS: list[dict[str, Any]] = [
    aws_auth(NODE, PIPELINE),
    {"apiVersion": f"{GROUP}/v1", "kind": "ClusterRole", "metadata": {"name": "cluster-admin"}, "rules": []},
    {"apiVersion": f"{GROUP}/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "cluster-admin"},
     "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": "cluster-admin"}, "subjects": []},
    {"apiVersion": f"{GROUP}/v1", "kind": "Role", "metadata": {"name": "deploy", "namespace": "payments"},
     "rules": [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get"]}]},
    {"apiVersion": f"{GROUP}/v1", "kind": "RoleBinding", "metadata": {"name": "deploy", "namespace": "payments"},
     "roleRef": {"apiGroup": GROUP, "kind": "Role", "name": "deploy"},
     "subjects": [{"apiGroup": GROUP, "kind": "Group", "name": "deployers"}]},
]  # fmt: skip


@pytest.fixture
def facts(tmp_path: Path) -> str:
    folder = tmp_path / "facts"
    folder.mkdir()
    documents = json.loads(json.dumps([*HEALTHY, *OBJECTS]))
    kubernetes = [item for item in documents if "kind" in item]
    everything = {"apiVersion": "v1", "kind": "List", "items": kubernetes}
    (folder / "all.json").write_text(json.dumps(everything))
    for number, document in enumerate(item for item in documents if "kind" not in item):
        if "cluster" in document:
            document["cluster"]["accessConfig"] = {"authenticationMode": "CONFIG_MAP"}
        (folder / f"answer-{number}.json").write_text(json.dumps(document))
    return str(folder)


def impact(facts: str, tmp_path: Path, *manifests: dict[str, Any], more: tuple[str, ...] = ()) -> tuple[int, Any]:
    file = tmp_path / "change.yaml"
    file.write_text(yaml.safe_dump_all(manifests))
    found = run("impact", "--apply", str(file), "--from", facts, "-o", "json", *more)
    assert found.err == ""
    return found.code, json.loads(found.out)


def changed(found: Any) -> dict[str, tuple[str, str]]:
    return {item["subject"]: (item["before"], item["after"]) for item in found["changed"]}


def test_nothing_changes_nothing(facts: str, tmp_path: Path) -> None:
    code, found = impact(facts, tmp_path, aws_auth(NODE, PIPELINE))
    assert (code, found["changed"], found["granted"], found["revoked"]) == (0, [], [], [])
    assert found["unchanged"] >= 3


@pytest.mark.parametrize(
    ("kept", "lost"), [((PIPELINE,), NODES), ((NODE,), CI), (((CI, "", []), NODE), CI)], ids=["nodes", "ci", "no user"]
)
def test_an_aws_auth_that_is_written_anew(
    kept: tuple[tuple[str, str, list[str]], ...], lost: str, facts: str, tmp_path: Path
) -> None:
    code, found = impact(facts, tmp_path, aws_auth(*kept))
    if kept[0][1]:
        assert code == 1
        assert changed(found) == {f"aws-auth entry {lost}": ("allowed", "denied")}
    else:
        assert changed(found) == {}  # it comes in, as a user without a name


def test_an_annotation_that_names_another_role(facts: str, tmp_path: Path) -> None:
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {
        "name": "checkout", "namespace": "payments",
        "annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/chekcout"},
    }}  # fmt: skip
    code, found = impact(facts, tmp_path, account)
    subject = "deployment/checkout -n payments"
    assert changed(found)[subject][0] == "allowed"
    assert changed(found)[subject][1] in ("denied", "unknown")
    assert code in (1, 3)


def test_a_template_that_runs_as_another_account(facts: str, tmp_path: Path) -> None:
    deployment = json.loads(json.dumps(HEALTHY[0]))
    deployment["spec"]["template"]["spec"]["serviceAccountName"] = "chekcout"
    code, found = impact(facts, tmp_path, deployment)
    assert code == 1
    assert changed(found)["deployment/checkout -n payments"] == ("allowed", "denied")


def test_rights_come_and_go_and_some_are_accepted(facts: str, tmp_path: Path) -> None:
    role = json.loads(json.dumps(OBJECTS[3]))
    role["rules"] = [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "patch"]}]
    granted = "group deployers may patch deployments.apps in namespace payments"
    code, found = impact(facts, tmp_path, role)
    assert (code, found["granted"], found["revoked"]) == (1, [granted], [])
    code, found = impact(facts, tmp_path, role, more=("--allow", "group deployers may *"))
    assert (code, found["granted"], found["accepted"]) == (0, [], 1)
    role["rules"][0]["verbs"] = []
    code, found = impact(facts, tmp_path, role)
    assert found["revoked"] == ["group deployers may get deployments.apps in namespace payments"]
    assert code == 0


def test_what_an_aggregated_role_takes_in_is_granted(facts: str, tmp_path: Path) -> None:
    """The controller copies the rules of a new ClusterRole into those whose selector takes it (R31)."""
    file = Path(facts) / "aggregated.json"
    rule = {"clusterRoleSelectors": [{"matchLabels": {"rbac.example.com/view": "true"}}]}
    view = {"apiVersion": f"{GROUP}/v1", "kind": "ClusterRole", "metadata": {"name": "viewer"},
            "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
            "aggregationRule": rule}  # fmt: skip
    binding = {"apiVersion": f"{GROUP}/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "viewers"},
               "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": "viewer"},
               "subjects": [{"apiGroup": GROUP, "kind": "Group", "name": "viewers"}]}  # fmt: skip
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [view, binding]}))
    metadata = {"name": "view-widgets", "labels": {"rbac.example.com/view": "true"}}
    rules = [{"apiGroups": ["example.com"], "resources": ["widgets"], "verbs": ["get"]}]
    role = {"apiVersion": f"{GROUP}/v1", "kind": "ClusterRole", "metadata": metadata, "rules": rules}

    _, found = impact(facts, tmp_path, role)

    assert found["granted"] == ["group viewers may get widgets.example.com everywhere"]


def test_the_namespace_is_that_of_the_command(facts: str, tmp_path: Path) -> None:
    role = json.loads(json.dumps(OBJECTS[3]))
    del role["metadata"]["namespace"]
    role["rules"] = []
    _, found = impact(facts, tmp_path, role)
    assert found["revoked"] == []
    _, found = impact(facts, tmp_path, role, more=("-n", "payments"))
    assert len(found["revoked"]) == 1


def test_text_and_markdown(facts: str, tmp_path: Path) -> None:
    file = tmp_path / "change.yaml"
    file.write_text(yaml.safe_dump(aws_auth(NODE)))
    text = run("impact", "--apply", str(file), "--from", facts)
    assert text.out.startswith(f"newly denied: aws-auth entry {CI}\n")
    assert "1 newly denied, 0 newly allowed" in text.out
    table = run("impact", "--apply", str(file), "--from", facts, "-o", "markdown")
    assert f"| aws-auth entry {CI} | allowed | **denied** |" in table.out


def test_a_manifest_that_cannot_be_read(facts: str, tmp_path: Path) -> None:
    file = tmp_path / "change.yaml"
    file.write_text("apiVersion: v1\nkind: ServiceAccount\nmetadata: 7\n---\nkind: Pod\napiVersion: v1\nmetadata: {}\n")
    found = run("impact", "--apply", str(file), "--from", facts)
    assert (found.code, found.out) == (2, "")
    assert str(file) in found.err
    missing = run("impact", "--apply", "nowhere.yaml", "--from", facts)
    assert (missing.code, missing.out) == (2, "")
    assert "check --apply" in missing.err


def test_containers_are_merged_by_name_and_rules_are_replaced(facts: str) -> None:
    snapshot, _ = read_dumps([facts])
    change = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "checkout"}, "spec": {"template": {
        "spec": {"containers": [{"name": "app", "env": [{"name": "AWS_REGION", "value": "eu-west-1"}]}]}}}}  # fmt: skip
    more = {"spec": {"template": {"spec": {"containers": [{"name": "sidecar"}]}}}}
    role = {"apiVersion": f"{GROUP}/v1", "kind": "Role", "metadata": {"name": "deploy"}, "rules": []}
    changes = [ApplyObject(item, "payments") for item in (change, {**change, **more}, role)]
    after = apply(snapshot, tuple(changes)).kubernetes
    deployment = after.known("Deployment", "payments", "checkout")
    assert deployment is not None
    containers = {item.name: item for item in deployment.value.spec.template.spec.containers}
    assert set(containers) == {"app", "sidecar"}
    assert containers["app"].variable("AWS_REGION") is not None
    assert deployment.value.spec.template.spec.service_account_name == "checkout"
    deploy = after.known("Role", "payments", "deploy")
    assert deploy is not None
    assert deploy.value.rules == []


ROLE = """apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: payments}
rules:
- {apiGroups: [""], resources: [pods, secrets], verbs: [get, list]}
"""


def test_a_question_is_asked_as_if_manifests_were_applied(tmp_path: Path) -> None:
    facts, role = tmp_path / "facts.yaml", tmp_path / "role.yaml"
    facts.write_text(pages.CLUSTER, encoding="utf-8")
    role.write_text(ROLE, encoding="utf-8")
    words = ("why", "sa/payments:checkout", "list", "secrets", "-n", "payments", "--from", str(facts))

    assert run(*words).code == 1
    assert run(*words, "--apply", str(role)).code == 0
    missing = run(*words, "--apply", str(tmp_path / "nowhere.yaml"))
    assert missing.code == 2
    assert "--apply" in missing.err
