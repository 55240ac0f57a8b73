"""Whole answers as people see them; `UPDATE_PAGES=1` writes them anew, to be read in the diff."""

import os
import shutil
from pathlib import Path

import pytest

from tests.causes.pages import block
from tests.causes.pages import facts as with_healthy
from trustpath.answer import answer
from trustpath.causes import catalogue
from trustpath.cli.why import parse_question
from trustpath.facts.dumps import read_dumps
from trustpath.paths.pod_to_aws import follow_pod_to_aws
from trustpath.render.terminal import Terminal
from trustpath.render.text import render

ANSWERS = Path(__file__).parent / "answers"
CASES = Path(__file__).parent.parent / "field_cases"
WIDE = Terminal(color=False, width=100, unicode=True)


def from_page(identifier: str, folder: Path) -> Path:
    found = block(catalogue.page(identifier), "facts")
    assert found
    (folder / "facts.yaml").write_text(with_healthy(found.text), encoding="utf-8")
    return folder


def shown(folder: Path, question: str, terminal: Terminal) -> str:
    name, _, namespace = question.partition(" -n ")
    snapshot, places = read_dumps([str(folder)])
    walk = follow_pod_to_aws(snapshot, parse_question(tuple(name.split()), namespace, "", ""))
    return render(answer(walk, places), terminal).replace(f"{folder}/", "")


CHECKOUT = "pod/checkout-5f7c9d-x2x4z -n payments"


@pytest.mark.parametrize(
    ("name", "terminal"),
    [
        ("denied", WIDE),
        ("denied-narrow-ascii", Terminal(color=False, width=60, unicode=False, fixed_width=True)),
        ("denied-colour", Terminal(color=True, width=100, unicode=True)),
    ],
)
def test_denied(name: str, terminal: Terminal, tmp_path: Path) -> None:
    same_as(name, shown(from_page("trust-sub-namespace-mismatch", tmp_path), CHECKOUT, terminal))


def test_allowed(tmp_path: Path) -> None:
    (tmp_path / "facts.yaml").write_text(with_healthy(""), encoding="utf-8")

    same_as("allowed", shown(tmp_path, CHECKOUT, WIDE))


def test_several_causes_and_a_log() -> None:
    same_as("several-causes", shown(CASES / "039-rke2-awscli" / "snapshot", "pod/awscli -n default", WIDE))


def test_unknown_with_what_would_decide_it(tmp_path: Path) -> None:
    snapshot = CASES / "031-data-platform-irsa" / "snapshot"
    shutil.copytree(snapshot, tmp_path, ignore=shutil.ignore_patterns("logs"), dirs_exist_ok=True)
    pod = "pod/actions-runner-mojas-create-a-derived-table-87d788gn88-9bptr -n actions-runners"

    same_as("unknown", shown(tmp_path, pod, WIDE))


def test_left_out(tmp_path: Path) -> None:
    (tmp_path / "facts.yaml").write_text(with_healthy("# without: ServiceAccount\n"), encoding="utf-8")
    for number in range(7):
        (tmp_path / f"broken-{number}.json").write_text('{"Role":\n nope}', encoding="utf-8")

    same_as("left-out", shown(tmp_path, CHECKOUT, WIDE))


def same_as(name: str, text: str) -> None:
    path = ANSWERS / f"{name}.txt"
    if os.environ.get("UPDATE_PAGES"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
