"""Answers of the authenticator's own code, recorded by `python -m tests.real.record`."""

import json
from pathlib import Path

import pytest

from tests.real.test_authenticator import URL
from trustpath.cli import decide_aws_auth, decide_token

HERE = Path(__file__).parent


@pytest.mark.parametrize("line", (HERE / "aws-auth.jsonl").read_text().splitlines())
def test_same_user(line: str) -> None:
    assert decide_aws_auth.answer(line.encode()) == json.loads(line)["expected"]  # type: ignore[arg-type]


@pytest.mark.parametrize("line", (HERE / "tokens.jsonl").read_text().splitlines())
def test_same_verdict_on_a_token(line: str) -> None:
    expected = json.loads(line)["expected"]
    mine = decide_token.answer(line.encode())  # type: ignore[arg-type]

    assert mine["accepted"] == expected["accepted"]
    if "query parameter" not in expected["error"] and "unexpected hostname" not in expected["error"]:
        assert mine["error"] == URL.sub('"…"', expected["error"])
