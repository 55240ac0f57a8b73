"""``trustpath audit argo`` on a running cluster: what the dump says, and what silence of a list proves."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.audits.test_checks import HARDENED
from tests.cli.run import run
from tests.live.cluster import FakeCluster, kubeconfig, serving
from tests.live.questions import objects_of

CASES = Path(__file__).parent / "cases"
OF_SECRETS = {"AW-224", "AW-407", "AW-513", "AW-602"}
"""Checks that need Secrets, which are never read live."""


def audited(folder: Path, monkeypatch: pytest.MonkeyPatch, source: Path, *words: str) -> dict[str, Any]:
    with serving(FakeCluster(objects_of(source))) as cluster:
        monkeypatch.setenv("KUBECONFIG", str(kubeconfig(folder, cluster.url)))
        monkeypatch.setenv("HOME", str(folder))
        result = run("audit", "argo", "-o", "json", *words)
    assert result.code in (0, 1, 3), result.err
    report: dict[str, Any] = json.loads(result.out)
    return report


@pytest.mark.parametrize("name", ["212-sso-managed-login", "control-014-argo-client-mode"])
def test_live_finds_what_the_dump_shows(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = CASES / name / "snapshot"
    dumped = json.loads(run("audit", "argo", "-o", "json", "--from", str(source)).out)

    live = audited(tmp_path, monkeypatch, source)

    def shown(report: dict[str, Any]) -> set[tuple[str, str]]:
        found = {(item["check"], item["subject"]) for item in report["findings"]}
        return {item for item in found if item[0] not in OF_SECRETS}

    assert shown(dumped) <= shown(live)
    assert {"AW-224", "AW-407"} & {item["check"] for item in live["undecided"]}


def test_a_list_that_holds_nothing_is_a_fact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "facts"
    folder.mkdir()
    parts = [part for part in HARDENED.split("---\n") if "kind: NetworkPolicy" not in part]
    (folder / "kubernetes.yaml").write_text("---\n".join(parts), encoding="utf-8")

    live = audited(tmp_path, monkeypatch, folder)

    assert {"AW-306", "AW-307"} <= {item["check"] for item in live["findings"]}
    assert "AW-306" not in {item["check"] for item in live["undecided"]}


def test_generate_reads_the_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "facts"
    folder.mkdir()
    (folder / "kubernetes.yaml").write_text(HARDENED.replace("v4.0.10", "v3.2.4"), encoding="utf-8")
    with serving(FakeCluster(objects_of(folder))) as cluster:
        monkeypatch.setenv("KUBECONFIG", str(kubeconfig(tmp_path, cluster.url)))
        monkeypatch.setenv("HOME", str(tmp_path))
        result = run("generate", "rbac", "workflow/report-x7k2p", "-n", "team-a")
        why = run("why", "workflow/report-x7k2p", "-n", "team-a")

    assert "for Argo Workflows 3.2.4" in result.out
    assert "resources: [pods]" in result.out
    assert why.code == 1
    assert "patch pods" in why.out or "get pods" in why.out
