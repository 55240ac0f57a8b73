"""Answers of AWS's documentation: `answers.jsonl`, a question a line, asked as `trustpath decide iam` is."""

import json
from pathlib import Path
from typing import Any

import pytest

from trustpath.cli.decide_iam import answer

LINES = [json.loads(line) for line in (Path(__file__).parent / "answers.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("question", LINES, ids=lambda question: question["id"])
def test_answer(question: dict[str, Any]) -> None:
    said = answer(json.dumps(question).encode())  # type: ignore[arg-type]  # the decoder takes any bytes

    assert said["result"] == question["expected"]["result"]
    if said["result"] == "Unknown":
        assert said["unknown"] == question["unknown_context_keys"]
