"""The rebuilt failures: the right verdict, the right first cause, and honest answers when facts are missing."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from trustpath.answer import answer
from trustpath.causes import catalogue
from trustpath.errors import InputError
from trustpath.facts.dumps import read_dumps
from trustpath.model.question import PodToAws
from trustpath.model.trace import Trace
from trustpath.paths.pod_to_aws import follow_pod_to_aws

FOLDER = Path(__file__).parent / "field_cases"
CASES: dict[str, dict[str, Any]] = {
    path.parent.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*/case.yaml"))
}

# Cases whose cause lies behind what is followed so far: Pod Identity, the SDK, the network, permissions.
# They may be "unknown"; they may never be "allowed", nor name a wrong cause as certain.
NOT_YET = {
    "006-flux-source-controller",
    "027-secrets-store-csi-kops",
    "031-data-platform-irsa",
    "039-rke2-awscli",
    "047-fluent-bit-opensearch",
    "051-elasticsearch-snapshots",
    "054-outline-attachments",
    "059-lbc-al2023",
    "060-mountpoint-s3",
    "065-gpu-node-training",
    "066-lbc-blueprints-upgrade",
    "068-ebs-encrypted-class",
    "073-autoscaler-nodegroups",
    "075-lbc-game-2048",
    "080-external-dns-example",
    "084-order-worker-fallback",
}
CONTROLS = {name for name in CASES if name.startswith("control-")}
DECIDED = sorted(set(CASES) - NOT_YET - CONTROLS)


def question(name: str, *, with_action: bool = True) -> PodToAws:
    asked = CASES[name]["question"]
    action, resource = (asked.get("action", ""), asked.get("resource", "")) if with_action else ("", "")
    return PodToAws("Pod", asked["namespace"], asked["pod"], asked.get("container", ""), action, resource)


def ask(folder: Path, asked: PodToAws) -> Trace:
    snapshot, places = read_dumps([str(folder)])
    return answer(follow_pod_to_aws(snapshot, asked), places)


@pytest.mark.parametrize("name", DECIDED)
def test_denied_for_the_right_reason(name: str) -> None:
    trace = ask(FOLDER / name / "snapshot", question(name))

    assert trace.outcome == "denied"
    assert trace.causes[0].id == CASES[name]["root_cause"]
    assert trace.causes[0].evidence[0].line > 0


@pytest.mark.parametrize("name", sorted(NOT_YET))
def test_not_yet_followed_is_never_allowed(name: str) -> None:
    trace = ask(FOLDER / name / "snapshot", question(name))

    assert trace.outcome != "allowed"
    assert all(cause.id == CASES[name]["root_cause"] or cause.confidence != "certain" for cause in trace.causes), (
        trace.causes
    )


@pytest.mark.parametrize("name", sorted(CONTROLS))
def test_healthy_controls_are_silent(name: str) -> None:
    trace = ask(FOLDER / name / "snapshot", question(name, with_action=False))

    assert trace.outcome == "allowed"
    assert trace.causes == ()
    assert trace.left_out == ()


@pytest.mark.parametrize("name", sorted(CONTROLS))
def test_permissions_are_not_claimed(name: str) -> None:
    trace = ask(FOLDER / name / "snapshot", question(name))

    assert trace.outcome == "unknown"
    assert trace.causes == ()
    assert trace.links[-1].state == "unknown"


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
    asked = question(name, with_action="target" in name)
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
    asked = question(name, with_action="target" in name)
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


def test_every_case_has_a_known_cause_or_is_listed() -> None:
    known = {*catalogue.identifiers(), "none"}

    assert {name for name in CASES if CASES[name]["root_cause"] not in known} <= NOT_YET
