"""Rebuilt failures on the way into the cluster: the right verdict and first cause, and honesty without a fact."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from trustpath.answer import answer
from trustpath.engine.messages import forbidden
from trustpath.errors import InputError
from trustpath.facts.dumps import read_dumps
from trustpath.model.question import AskedRequest, KubernetesRequest, PrincipalToCluster
from trustpath.model.trace import Trace
from trustpath.paths import follow_question
from trustpath.paths.kubernetes_request.walk import request_of

FOLDER = Path(__file__).parent / "cluster_cases"
CASES: dict[str, dict[str, Any]] = {
    path.parent.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*/case.yaml"))
}
EXPECTED = {"unauthorized": ("denied", 401), "forbidden": ("denied", 403), "allowed": ("allowed", 0)}


def question(name: str) -> KubernetesRequest | PrincipalToCluster:
    asked = CASES[name]["question"]
    request = AskedRequest(
        asked["verb"],
        asked["api_group"],
        asked["resource"],
        asked.get("subresource") or "",
        asked.get("namespace") or "",
        asked.get("name") or "",
    )
    if asked["kind"] == "principal-to-cluster":
        return PrincipalToCluster(asked["principal_arn"], request)
    account = asked.get("serviceaccount")
    user = f"system:serviceaccount:{account}" if account else asked["user"]
    return KubernetesRequest(user, tuple(asked["groups"]), request)


def ask(folder: Path, name: str) -> Trace:
    snapshot, places = read_dumps([str(folder)])
    return answer(follow_question(snapshot, question(name)), places)


@pytest.mark.parametrize("name", sorted(CASES))
def test_verdict_and_first_cause(name: str) -> None:
    case = CASES[name]
    trace = ask(FOLDER / name / "snapshot", name)

    assert (trace.outcome, trace.http_status) == EXPECTED[case["expected"]]
    assert [cause.id for cause in trace.causes[:1]] == [case["root_cause"]] * (case["root_cause"] != "none")
    assert trace.left_out == ()
    for cause in trace.causes[:1]:
        assert cause.evidence[0].line > 0
        assert cause.symptom


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case["expected"] == "forbidden"])
def test_the_message_is_the_api_servers(name: str) -> None:
    """What Trustpath says that the API server prints is read back as the same request."""
    trace = ask(FOLDER / name / "snapshot", name)
    read = forbidden.read(trace.causes[0].symptom)

    assert read is not None
    assert read.request == request_of(question(name).request)  # type: ignore[arg-type]


def _files(folder: Path) -> list[Path]:
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_missing_file_never_turns_the_verdict(name: str, tmp_path: Path) -> None:
    source = FOLDER / name / "snapshot"
    whole = ask(source, name)
    for number, left_out in enumerate(_files(source)):
        folder = tmp_path / str(number)
        for path in _files(source):
            if path != left_out:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source / path, folder / path)
        if not folder.exists():
            continue
        try:
            trace = ask(folder, name)
        except InputError:
            continue
        assert trace.outcome in (whole.outcome, "unknown"), f"without {left_out}: {trace.summary}"
        if trace.outcome == "unknown":
            assert any(link.needs for link in trace.links), f"without {left_out} no missing fact is named"


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_missing_object_never_turns_denied_into_allowed(name: str, tmp_path: Path) -> None:
    source = FOLDER / name / "snapshot"
    whole = ask(source, name)
    if whole.outcome != "denied":
        return
    shutil.copytree(source, tmp_path / "snapshot")
    dump = tmp_path / "snapshot" / "kubernetes.yaml"
    head, *items = re.split(r"(?m)^(?=- )", dump.read_text(encoding="utf-8"))
    tail = items[-1][items[-1].index("\nkind: List") :] if "\nkind: List" in items[-1] else ""
    for index in range(len(items)):
        kept = "".join(items[:index] + items[index + 1 :])
        dump.write_text(head + kept + (tail if index == len(items) - 1 else ""), encoding="utf-8")
        assert ask(tmp_path / "snapshot", name).outcome != "allowed", items[index][:200]
