"""The rules of SSO: the answers of expr-lang itself, recorded by tests/real/test_expressions.py."""

import json
from pathlib import Path
from typing import Any

import pytest

from trustpath.engine.argo.expression import NotEvaluatedError, RuleError, evaluate

VECTORS: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "expressions.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda item: f"{item['rule']}-{'groups' in item['claims']}")
def test_agrees_or_says_that_it_does_not_know(vector: dict[str, Any]) -> None:
    try:
        found: object = evaluate(vector["rule"], vector["claims"])
    except RuleError:
        found = "error"
    except NotEvaluatedError:
        return
    assert found == vector.get("result", "error")


def test_most_vectors_are_decided() -> None:
    undecided = 0
    for vector in VECTORS:
        try:
            evaluate(vector["rule"], vector["claims"])
        except RuleError:
            continue
        except NotEvaluatedError:
            undecided += 1
    assert undecided < len(VECTORS) / 8


def test_a_claim_that_is_not_there_is_named() -> None:
    with pytest.raises(RuleError) as caught:
        evaluate("'devs' in groups or true", {"email": "a@example.com"})

    assert caught.value.name == "groups"


@pytest.mark.parametrize("rule", ["(" * 5000, "not " * 5000 + "true", "'" * 4001, "[" * 3000, "a" * 100_000])
def test_hostile_rules_end(rule: str) -> None:
    with pytest.raises((RuleError, NotEvaluatedError)):
        evaluate(rule, {})
