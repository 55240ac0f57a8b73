"""What the documents say is true: examples are run, lists are compared."""

import os
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from tests.cli.run import run

ROOT = Path(__file__).parent.parent
_CONSOLE = re.compile(r"^```console\n\$ (?P<command>[^\n]+)\n(?P<output>.*?)^```$", re.MULTILINE | re.DOTALL)
WITH_EXAMPLES = [ROOT / "README.md", ROOT / "docs" / "start.md", ROOT / "docs" / "lint.md", ROOT / "docs" / "pods.md"]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda path: path.name)
def test_examples(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = path.read_text(encoding="utf-8")
    examples = list(_CONSOLE.finditer(text))
    assert examples

    for example in reversed(examples):
        program, *arguments = shlex.split(example["command"])
        assert program == "trustpath"
        output = run(*arguments).out
        if os.environ.get("UPDATE_DOCS"):
            text = text[: example.start("output")] + output + text[example.end("output") :]
            path.write_text(text, encoding="utf-8")
        else:
            assert example["output"] == output


def test_every_runtime_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    required = sorted(re.split(r"[<>=~]", line)[0] for line in project["dependencies"])
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")

    assert sorted(re.findall(r"^\| `([a-z0-9-]+)` \|", text, re.MULTILINE)) == required


def test_the_published_schemas_are_the_code_s() -> None:
    from docs.build import SCHEMAS, schema

    for file in SCHEMAS:
        assert (ROOT / "docs" / file).read_text(encoding="utf-8") == schema(file)


def test_every_mistake_of_trust_is_listed() -> None:
    source = (ROOT / "src" / "trustpath" / "engine" / "policy_lint" / "mistakes.py").read_text(encoding="utf-8")
    text = (ROOT / "docs" / "lint.md").read_text(encoding="utf-8")
    codes = set(re.findall(r'"((?:trust|action)-[a-z-]+)"', source)) | {"doubled-key"}

    assert (
        set(re.findall(r"^\| `([a-z0-9-]+)` \|", text, re.MULTILINE)) - {"iam", "access-analyzer", "trustpath"} == codes
    )


def test_paths_that_documents_name_exist() -> None:
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
        text = path.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([\w./-]+\.md)\)", text):
            if not target.startswith("causes/"):
                assert (path.parent / target).exists(), f"{path.name} names {target}"
        for target in re.findall(r"`((?:src|tests|docs|demo|benchmarks)/[\w./-]+)`", text):
            assert (ROOT / target).exists(), f"{path.name} names {target}"


def test_make_targets_that_documents_name_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    for name in ("README.md", "CONTRIBUTING.md"):
        named = set(re.findall(r"(?:^|`)make ([a-z]+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
        assert named <= targets, name


def test_the_number_of_causes_in_the_changelog() -> None:
    from trustpath.causes import catalogue

    found = re.search(r"^- (\d+) causes", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    assert int(found[1]) == len(catalogue.identifiers())


def test_help_lists_what_readme_collects() -> None:
    collected = re.findall(r"^aws (\S+ \S+)", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    shown = run("why", "--help").out

    assert collected
    assert all(call in shown for call in collected)
