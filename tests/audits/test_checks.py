"""Every page of a check is a test: it fires, stays silent, and says "unknown" where a kind of object is not there."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from tests.causes.pages import block, documents
from trustpath.audits import catalogue
from trustpath.facts.dumps import read_dumps
from trustpath.model.audit import AuditReport
from trustpath.scan.argo_audit import audit_argo

HARDENED = (Path(__file__).parent / "hardened.yaml").read_text(encoding="utf-8")
CHECKS = catalogue.checks()
FOLDER = Path(catalogue.__file__).parent / "argo"
ids = [entry.id for entry in CHECKS]


def audit(text: str, folder: Path, namespace: str = "") -> AuditReport:
    file = folder / "facts.yaml"
    file.write_text(text, encoding="utf-8")
    snapshot, places = read_dumps([str(file)])
    assert snapshot.left_out == ()
    return audit_argo(snapshot, places, namespace)


def whole(text: str) -> str:
    return "---\n".join(documents(text, HARDENED))


def facts_of(entry: catalogue.CheckEntry, role: str) -> str:
    found = block(catalogue.page(entry.name), role)
    assert found, f"the page has no `{role}` block"
    return whole(found.text)


def test_numbers_and_names_are_unique() -> None:
    assert len(ids) == len(set(ids)) == len(catalogue.names())
    assert {path.stem for path in FOLDER.glob("*.md")} == set(catalogue.names())


@pytest.mark.parametrize("entry", CHECKS, ids=ids)
def test_fires(entry: catalogue.CheckEntry, tmp_path: Path) -> None:
    report = audit(facts_of(entry, "facts"), tmp_path)

    found = [item for item in report.findings if item.check == entry.id]
    assert found, [item for item in report.undecided if item.check == entry.id]
    for item in found:
        assert item.id == (entry.cause or entry.id)
        assert item.breaks is entry.breaks
        assert item.evidence, "a finding without a place cannot be drawn"
        assert item.evidence[0].line > 0
        assert item.fix
        assert re.match(r"[a-z`]|[A-Z]\w+ `|SSO|Argo", item.title), item.title
        assert not item.title.endswith(".")


@pytest.mark.parametrize("entry", CHECKS, ids=ids)
def test_silent(entry: catalogue.CheckEntry, tmp_path: Path) -> None:
    report = audit(facts_of(entry, "silent"), tmp_path)

    assert [item.title for item in report.findings if item.check == entry.id] == []


@pytest.mark.parametrize("entry", CHECKS, ids=ids)
def test_a_kind_that_was_not_read_is_never_passed(entry: catalogue.CheckEntry, tmp_path: Path) -> None:
    """Where the check fires: without the objects of any kind it fires still, or it says that it does not know."""
    text = facts_of(entry, "facts")
    kinds = {value["kind"] for value in yaml.safe_load_all(text) if value}
    for kind in sorted(kinds):
        kept = [part for part in text.split("---\n") if (value := yaml.safe_load(part)) and value["kind"] != kind]
        report = audit("---\n".join(kept), tmp_path)
        assert entry.id not in report.passed, f"without any {kind}"


@pytest.mark.parametrize("entry", CHECKS, ids=ids)
def test_form(entry: catalogue.CheckEntry) -> None:
    page = catalogue.page(entry.name)
    docstring = ast.get_docstring(ast.parse((FOLDER / f"{entry.name}.py").read_text(encoding="utf-8"))) or ""

    assert page.startswith(f"# {entry.id} {entry.name.replace('_', '-')}\n")
    assert entry.id in docstring
    assert "## What mends it" in page
    assert "## Not this finding" in page
    assert catalogue.meaning(entry.name).endswith(".")


def test_a_hardened_installation_is_free_of_findings(tmp_path: Path) -> None:
    report = audit(HARDENED, tmp_path)

    assert [(item.check, item.title) for item in report.findings] == []
