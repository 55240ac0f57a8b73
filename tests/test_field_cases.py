"""The rebuilt failures: the right verdict, the right first cause, and honest answers when facts are missing."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from trustpath.answer import answer
from trustpath.causes import catalogue
from trustpath.engine.messages.symptom import read_symptom
from trustpath.errors import InputError
from trustpath.facts.dumps import read_dumps
from trustpath.model.question import PodToAws
from trustpath.model.trace import Trace
from trustpath.paths.links import MESSAGE
from trustpath.paths.pod_to_aws import follow_pod_to_aws

FOLDER = Path(__file__).parent / "field_cases"
CASES: dict[str, dict[str, Any]] = {
    path.parent.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*/case.yaml"))
}

CONTROLS = {name for name in CASES if name.startswith("control-")}
FAILURES = sorted(set(CASES) - CONTROLS)


# What a message proves and the facts leave open: nobody says which user the image runs as, or what the log of another
# pod holds.
ONLY_WITH_A_MESSAGE = {
    "006-flux-source-controller": ("unknown", "token-file-permission"),
    "031-data-platform-irsa": ("unknown", "role-arn-wrong-account"),
    "039-rke2-awscli": ("denied", "pod-older-than-binding"),
    "080-external-dns-example": ("unknown", "token-file-permission"),
}


def question(name: str) -> PodToAws:
    asked = CASES[name]["question"]
    action, resource = asked.get("action", ""), asked.get("resource", "")
    return PodToAws("Pod", asked["namespace"], asked["pod"], asked.get("container", ""), action, resource)


def ask(folder: Path, asked: PodToAws, symptom: str = "") -> Trace:
    snapshot, places = read_dumps([str(folder)])
    message = read_symptom(symptom) if symptom else None
    return answer(follow_pod_to_aws(snapshot, asked, message), places.beside(MESSAGE, symptom) if message else places)


@pytest.mark.parametrize("name", FAILURES)
def test_denied_for_the_right_reason(name: str) -> None:
    trace = ask(FOLDER / name / "snapshot", question(name), CASES[name]["symptom"])

    assert trace.outcome == "denied"
    assert trace.causes[0].id == CASES[name]["root_cause"]
    assert trace.causes[0].evidence[0].line > 0


@pytest.mark.parametrize("name", FAILURES)
def test_the_log_among_the_facts_is_enough(name: str) -> None:
    trace = ask(FOLDER / name / "snapshot", question(name))

    assert trace.outcome == "denied"
    assert trace.causes[0].id == CASES[name]["root_cause"]


@pytest.mark.parametrize("name", FAILURES)
def test_without_any_message(name: str, tmp_path: Path) -> None:
    shutil.copytree(FOLDER / name / "snapshot", tmp_path / "snapshot")
    shutil.rmtree(tmp_path / "snapshot" / "logs", ignore_errors=True)

    trace = ask(tmp_path / "snapshot", question(name))

    expected = ONLY_WITH_A_MESSAGE.get(name, ("denied", CASES[name]["root_cause"]))
    assert (trace.outcome, trace.causes[0].id) == expected
    assert trace.outcome == "denied" or all(cause.confidence != "certain" for cause in trace.causes)


@pytest.mark.parametrize("name", sorted(CONTROLS))
def test_healthy_controls_are_silent(name: str) -> None:
    trace = ask(FOLDER / name / "snapshot", question(name))

    assert trace.outcome == "allowed"
    assert trace.causes == ()
    assert trace.left_out == ()


@pytest.mark.parametrize("name", sorted(CONTROLS))
def test_what_was_not_read_and_could_still_deny_is_named(name: str) -> None:
    trace = ask(FOLDER / name / "snapshot", question(name))

    facts = [need.fact for need in trace.links[-1].needs]
    assert any("service control policies" in fact for fact in facts)
    assert "not read" in trace.summary + trace.links[-1].says


def _without_one_file(folder: Path, target: Path) -> list[tuple[str, Path]]:
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    made = []
    for number, left_out in enumerate(files):
        copy = target / str(number)
        for path in files:
            if path != left_out:
                (copy / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(folder / path, copy / path)
        made.append((str(left_out), copy))
    return made


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_missing_fact_never_turns_the_verdict(name: str, tmp_path: Path) -> None:
    asked = question(name)
    whole = ask(FOLDER / name / "snapshot", asked)

    for left_out, folder in _without_one_file(FOLDER / name / "snapshot", tmp_path):
        try:
            trace = ask(folder, asked)
        except InputError:
            continue
        assert trace.outcome in (whole.outcome, "unknown"), f"without {left_out}: {trace.summary}"
        if trace.outcome == "unknown" and whole.outcome != "unknown":
            needs = [need for link in trace.links for need in link.needs]
            assert needs, f"without {left_out} no missing fact is named"
            assert all(need.fact for need in needs)


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_missing_object_never_turns_denied_into_allowed(name: str, tmp_path: Path) -> None:
    """Leave one object of the Kubernetes dump out, each in turn."""
    asked = question(name)
    whole = ask(FOLDER / name / "snapshot", asked)
    shutil.copytree(FOLDER / name / "snapshot", tmp_path / "snapshot")
    dump = tmp_path / "snapshot" / "kubernetes.yaml"
    documents = dump.read_text(encoding="utf-8").split("\n---\n")

    for index, document in enumerate(documents):
        if f"name: {asked.name}\n" in document and "kind: Pod\n" in document:
            continue
        dump.write_text("\n---\n".join(documents[:index] + documents[index + 1 :]), encoding="utf-8")
        trace = ask(tmp_path / "snapshot", asked)
        if whole.outcome == "denied":
            assert trace.outcome != "allowed", document[:200]
        if whole.outcome == "allowed" and trace.outcome == "denied":
            # The removal is the fact: the dump now shows that the object is not there.
            assert "kind: ServiceAccount" not in document, "a running pod had its account"
            assert trace.causes[0].confidence != "certain"


@pytest.mark.parametrize("name", sorted(CASES))
def test_how_the_facts_were_saved_does_not_matter(name: str, tmp_path: Path) -> None:
    """The same objects as one JSON list and as a file each; the answers of AWS as YAML."""
    asked = question(name)
    whole = ask(FOLDER / name / "snapshot", asked)
    for form in ("list", "objects"):
        folder = tmp_path / form
        shutil.copytree(FOLDER / name / "snapshot", folder)
        dump = folder / "kubernetes.yaml"
        objects = [value for value in yaml.load_all(dump.read_text(encoding="utf-8"), Loader=_Texts) if value]
        dump.unlink()
        if form == "list":
            listing = {"apiVersion": "v1", "kind": "List", "items": objects}
            (folder / "kubernetes").write_text(json.dumps(listing), encoding="utf-8")
        else:
            for index, value in enumerate(reversed(objects)):
                (folder / f"{index}.txt").write_text(yaml.safe_dump(value), encoding="utf-8")
            for path in sorted(folder.rglob("*.json")):
                as_yaml = yaml.safe_dump(json.loads(path.read_text(encoding="utf-8")), sort_keys=False)
                path.with_suffix(".yaml").write_text(as_yaml, encoding="utf-8")
                path.unlink()

        trace = ask(folder, asked)

        assert trace.outcome == whole.outcome
        assert [(cause.id, cause.confidence) for cause in trace.causes] == [
            (cause.id, cause.confidence) for cause in whole.causes
        ]


class _Texts(yaml.SafeLoader):
    """Leaves times as the texts that kubectl takes them for."""


_Texts.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def test_every_case_has_a_known_cause() -> None:
    assert {CASES[name]["root_cause"] for name in FAILURES} <= set(catalogue.identifiers())
