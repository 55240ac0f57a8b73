"""A missing fact never turns a verdict: each document of each cause's page is left out in turn."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.causes.pages import POD, ask_documents, block, documents, setting
from trustpath.causes import catalogue
from trustpath.errors import InputError, QuestionError
from trustpath.model.trace import Trace

OF_PODS = [identifier for identifier in catalogue.identifiers() if setting(identifier)[0] is POD]


def needs(trace: Trace) -> str:
    return " ".join(need.fact for link in trace.links for need in link.needs)


def without_each(identifier: str, folder: Path) -> Iterator[tuple[str, Trace]]:
    page = block(catalogue.page(identifier), "facts")
    assert page
    parts = documents(page.text, POD)
    for index, left_out in enumerate(parts):
        try:
            trace = ask_documents(page.text, [*parts[:index], *parts[index + 1 :]], folder / str(index))
        except (InputError, QuestionError):
            continue  # the pod itself
        yield left_out, trace


@pytest.mark.parametrize("identifier", OF_PODS)
def test_a_document_less_never_turns_denied_into_allowed(identifier: str, tmp_path: Path) -> None:
    page = block(catalogue.page(identifier), "facts")
    assert page
    whole = ask_documents(page.text, documents(page.text, POD), tmp_path / "whole")
    known = {cause.id for cause in whole.causes}

    for left_out, trace in without_each(identifier, tmp_path):
        if trace.outcome == "allowed":
            # A policy that only limits, or the key behind the call and its state: the answer has to name it.
            named = needs(trace)
            assert any(words in named for words in ("the policy of", "is encrypted with", "the state of key")), left_out
        if trace.outcome == "denied":
            certain = {cause.id for cause in trace.causes[:1] if cause.confidence == "certain"}
            assert certain <= known, left_out
