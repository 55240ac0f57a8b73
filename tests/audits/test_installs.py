"""Healthy hardened installations of each supported way and version: nothing severe but what the version itself has."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.audits.test_checks import HARDENED, audit

VERSIONS = ("3.4.17", "3.5.15", "3.6.19", "3.7.18", "4.0.10", "4.1.4")
OF_THE_VERSION = frozenset({"AW-801"})
"""What no setting mends."""


def objects() -> list[dict[str, Any]]:
    return [value for value in yaml.safe_load_all(HARDENED) if value]


def written(items: list[dict[str, Any]], version: str) -> str:
    return yaml.safe_dump_all(items).replace("v4.0.10", f"v{version}")


def for_the_cluster() -> list[dict[str, Any]]:
    return objects()


def for_one_namespace() -> list[dict[str, Any]]:
    """Roles in the managed namespace in place of ClusterRoles, without what has no namespace."""
    found = []
    for item in objects():
        name = item["metadata"]["name"]
        if item["kind"] == "Deployment":
            container = item["spec"]["template"]["spec"]["containers"][0]
            container["args"] += ["--namespaced", "--managed-namespace", "team-a"]
        elif (item["kind"], name) == ("ClusterRole", "argo-controller"):
            item["kind"] = "Role"
            item["metadata"] = {"name": "argo-workflows", "namespace": "team-a"}
            for rule in item["rules"]:
                rule["resources"] = [
                    one for one in rule["resources"] if one not in ("namespaces", "clusterworkflowtemplates")
                ]
        elif (item["kind"], name) == ("ClusterRoleBinding", "argo-controller"):
            item["kind"] = "RoleBinding"
            item["metadata"] = {"name": "argo-workflows", "namespace": "team-a"}
            item["roleRef"] = {**item["roleRef"], "kind": "Role", "name": "argo-workflows"}
        elif name == "developer" and item["kind"] in ("ServiceAccount", "Secret"):
            item["metadata"]["namespace"] = "team-a"  # SSO looks into the managed namespace
        elif name == "developer" and item["kind"] == "RoleBinding":
            item["subjects"][0]["namespace"] = "team-a"
        name = item["metadata"]["name"]
        if name == "developer.service-account-token":
            item["metadata"]["namespace"] = "team-a"
        found.append(item)
    return found


def by_helm() -> list[dict[str, Any]]:
    """The chart's names, labels and its own name for the ConfigMap."""
    found = []
    for item in objects():
        metadata = item["metadata"]
        metadata.setdefault("labels", {})["app.kubernetes.io/instance"] = "flows"
        if metadata["name"] == "workflow-controller-configmap":
            metadata["name"] = "flows-argo-workflows-workflow-controller-configmap"
        if item["kind"] == "Deployment":
            metadata["name"] = f"flows-argo-workflows-{metadata['name']}"
            container = item["spec"]["template"]["spec"]["containers"][0]
            container["args"] += ["--configmap", "flows-argo-workflows-workflow-controller-configmap"]
        found.append(item)
    return found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("install", [for_the_cluster, for_one_namespace, by_helm])
def test_nothing_severe_is_found(install: Any, version: str, tmp_path: Path) -> None:
    report = audit(written(install(), version), tmp_path)

    assert len(report.components) == 2
    severe = [
        (item.check, item.title)
        for item in report.findings
        if (item.severity in ("critical", "high") or item.breaks) and item.check not in OF_THE_VERSION
    ]
    assert severe == []
    assert not any(item.check == "settings" for item in report.undecided)
    if version in ("4.0.10", "4.1.4"):
        assert [item.title for item in report.findings if item.check in OF_THE_VERSION] == []
