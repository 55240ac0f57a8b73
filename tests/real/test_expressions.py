"""SSO rules: our evaluator against expr-lang, which Argo's server uses, on the vectors and on random rules."""

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.engine.argo.test_expression import VECTORS
from trustpath.engine.argo.expression import NotEvaluatedError, RuleError, evaluate

PROGRAM = Path(__file__).parent / "build" / "argo_expressions"
CLAIMS = {"iss": "argo-server", "sub": "u1", "groups": ["devs", "ops", ""], "email": "a@example.com", "exp": 1.5}
pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="not built: make real")

_LEAVES = ("groups", "email", "sub", "exp", "true", "false", "nil", "'devs'", '"a"', "''", "1", "0", "1.5", "missing")
_OPERATORS = (
    *("and", "or", "&&", "||", "==", "!=", "<", ">=", "in", "not in", "contains", "startsWith", "endsWith"),
    *("matches", "+", "not contains"),
)


def rule(chance: random.Random, depth: int) -> str:
    if depth == 0 or chance.random() < 0.15:
        return chance.choice(_LEAVES)
    match chance.randrange(9):
        case 0:
            return f"({rule(chance, depth - 1)})"
        case 1:
            return f"{chance.choice(('not ', '!', '-'))}{rule(chance, depth - 1)}"
        case 2:
            over = chance.choice(("groups", "['a', 'devs']", rule(chance, depth - 1)))
            name = chance.choice(("any", "all", "none", "one", "filter", "count", "find"))
            return f"{name}({over}, # {chance.choice(_OPERATORS)} {rule(chance, depth - 1)})"
        case 3:
            return f"[{rule(chance, depth - 1)}, {rule(chance, depth - 1)}]"
        case 4:
            return f"{rule(chance, 0)}[{rule(chance, depth - 1)}]"
        case 5:
            return f"{chance.choice(('len', 'lower', 'upper', 'type'))}({rule(chance, depth - 1)})"
        case 6:
            return f"{rule(chance, depth - 1)} ? {rule(chance, depth - 1)} : {rule(chance, depth - 1)}"
    return f"{rule(chance, depth - 1)} {chance.choice(_OPERATORS)} {rule(chance, depth - 1)}"


def decided(asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    lines = "".join(json.dumps({"rule": item["rule"], "claims": item["claims"]}) + "\n" for item in asked)
    done = subprocess.run([PROGRAM], input=lines, capture_output=True, text=True, check=True, timeout=60)
    return [json.loads(line) for line in done.stdout.splitlines()]


def ours(item: dict[str, Any]) -> object:
    try:
        return evaluate(item["rule"], item["claims"])
    except RuleError:
        return "error"
    except NotEvaluatedError:
        return None


def test_the_vectors_are_the_evaluators_answers() -> None:
    for vector, answer in zip(VECTORS, decided(VECTORS), strict=True):
        assert vector.get("result", "error") == answer.get("result", "error"), vector["rule"]


def test_random_rules() -> None:
    chance = random.Random(7)  # noqa: S311  # the same rules each time
    asked: list[dict[str, Any]] = [{"rule": rule(chance, 3), "claims": CLAIMS} for _ in range(20_000)]
    different = [
        (item["rule"], found, answer)
        for item, answer in zip(asked, decided(asked), strict=True)
        if (found := ours(item)) is not None and found != answer.get("result", "error")
    ]
    assert different == [], f"{len(different)} of {len(asked)}"
