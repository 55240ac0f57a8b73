"""Answers of Kubernetes' own authorizer, recorded by `python -m tests.real.record`."""

import json
from pathlib import Path

from trustpath.cli.decide_rbac import Answers

LINES = (Path(__file__).parent / "answers.jsonl").read_text().splitlines()


def test_same_verdict_and_reason() -> None:
    ours = Answers()
    allowed = 0
    for line in LINES:
        expected = json.loads(line)["expected"]
        mine = ours(line.encode())  # type: ignore[arg-type]  # the decoder takes any bytes
        assert (mine["allowed"], mine["reason"]) == (expected["allowed"], expected["reason"]), line
        allowed += expected["allowed"]
    assert 20 < allowed < len(LINES)
