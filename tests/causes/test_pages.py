"""Every page of a cause is a test: it fires, says what it says, is mended by its fix, and stays silent."""

import ast
import os
import re
from pathlib import Path

import pytest

from tests.causes.pages import (
    ACCOUNT_QUESTION,
    CLUSTER,
    PRINCIPAL_QUESTION,
    apply_diff,
    ask,
    block,
    diagnostic,
    setting,
)
from trustpath.causes import catalogue
from trustpath.paths import argo_sign_in, kubernetes_request, pod_to_aws, principal_to_cluster, workflow_run

CAUSES = Path(catalogue.__file__).parent
IDENTIFIERS = catalogue.identifiers()


def test_there_are_causes() -> None:
    assert len(IDENTIFIERS) >= 21


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_fires(identifier: str, tmp_path: Path) -> None:
    path = CAUSES / f"{identifier.replace('-', '_')}.md"
    page = path.read_text(encoding="utf-8")
    facts = block(page, "facts")
    expected = block(page, "diagnostic")
    assert facts, "the page has no `yaml facts` block"
    assert expected, "the page has no `text diagnostic` block"

    trace, shown = ask(facts.text, tmp_path, *setting(identifier))

    assert trace.causes, f"nothing found: {trace.summary}"
    assert trace.causes[0].id == identifier
    found = diagnostic(shown)
    assert trace.outcome in (("denied",) if found.startswith("error[") else ("denied", "unknown"))
    if os.environ.get("UPDATE_PAGES"):
        path.write_text(page[: expected.start] + found + page[expected.end :], encoding="utf-8")
    else:
        assert expected.text == found


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_fix_mends(identifier: str, tmp_path: Path) -> None:
    page = catalogue.page(identifier)
    facts = block(page, "facts")
    fix = block(page, "fix")
    assert facts
    assert fix, "the page has no `diff fix` block"

    trace, _ = ask(apply_diff(facts.text, fix.text), tmp_path, *setting(identifier))

    assert trace.outcome == "allowed", trace.summary
    assert trace.causes == ()


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_silent(identifier: str, tmp_path: Path) -> None:
    silent = block(catalogue.page(identifier), "silent")
    assert silent, "the page has no `yaml silent` block"

    trace, _ = ask(silent.text, tmp_path, *setting(identifier))

    assert identifier not in [cause.id for cause in trace.causes]


def test_healthy_pod_gets_its_role(tmp_path: Path) -> None:
    trace, shown = ask("# nothing differs\n", tmp_path)

    assert trace.outcome == "allowed"
    assert trace.causes == ()
    assert "BROKEN" not in shown


@pytest.mark.parametrize("question", [ACCOUNT_QUESTION, PRINCIPAL_QUESTION])
def test_a_healthy_cluster_lets_both_in(question: str, tmp_path: Path) -> None:
    trace, _ = ask("# nothing differs\n", tmp_path, CLUSTER, question)

    assert trace.outcome == "allowed"
    assert trace.causes == ()


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_form(identifier: str) -> None:
    name = identifier.replace("-", "_")
    page = catalogue.page(identifier)
    source = (CAUSES / f"{name}.py").read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(source)) or ""
    entry = next(entry for entry in catalogue.catalogue() if entry.id == identifier)

    assert page.startswith(f"# {identifier}\n")
    assert "## Not this cause" in page
    assert catalogue.meaning(identifier).endswith(".")
    assert all(f"\n{word}:" in docstring for word in ("What", "Why it denies", "Not a problem when"))
    paths = (
        pod_to_aws.LINKS,
        kubernetes_request.LINKS,
        principal_to_cluster.LINKS,
        argo_sign_in.LINKS,
        workflow_run.LINKS,
    )
    assert entry.link in {step.id for links in paths for step in links}
    assert entry.check.__doc__


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_titles_name_the_bad_thing(identifier: str, tmp_path: Path) -> None:
    facts = block(catalogue.page(identifier), "facts")
    assert facts

    trace, _ = ask(facts.text, tmp_path, *setting(identifier))

    cause = trace.causes[0]
    assert not cause.title.endswith(".")
    assert re.match(r"[a-z`]|(?:Cluster)?Role|AmazonEKS", cause.title)
    assert cause.evidence, "a cause without a place cannot be drawn"
    assert cause.evidence[0].line > 0, "the first piece of evidence has no line"
    assert cause.help


def test_no_page_without_a_cause() -> None:
    pages = {path.stem for path in CAUSES.glob("*.md")}
    sources = {path.stem for path in CAUSES.glob("*.py")} - {"__init__", "catalogue"}

    assert pages == sources
