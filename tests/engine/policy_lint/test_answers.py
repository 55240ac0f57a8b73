"""What IAM said on saving, and Access Analyzer's documented codes: `answers.jsonl`, a document a line."""

import json
from pathlib import Path
from typing import Any

import pytest

from trustpath.cli.decide_lint import answer

LINES = [json.loads(line) for line in (Path(__file__).parent / "answers.jsonl").read_text().splitlines()]


def ask(question: dict[str, Any]) -> Any:
    return answer(json.dumps(question).encode())  # type: ignore[arg-type]  # the decoder takes any bytes


@pytest.mark.parametrize("question", LINES, ids=lambda question: question["id"])
def test_save(question: dict[str, Any]) -> None:
    said, expected = ask(question), question["expected"]

    assert said["iam_save"] == expected["iam_save"]
    if expected["iam_message"]:
        assert said["iam_message"] == expected["iam_message"]


# The recordings are of IAM and Organizations alone: they say nothing of Access Analyzer.
@pytest.mark.parametrize(
    "question",
    [line for line in LINES if not line["title"].startswith("recorded:")],
    ids=lambda question: question["id"],
)
def test_codes(question: dict[str, Any]) -> None:
    codes = {finding["code"] for finding in ask(question)["findings"]}

    assert codes == set(question["expected"]["access_analyzer"])
