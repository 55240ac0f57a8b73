"""Questions to the engines with a value of another type in some place: an answer or one message, never a traceback."""

import copy
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from trustpath.cli.decide import ENGINES

COUNT = int(os.environ.get("TRUSTPATH_FUZZ", "1500"))
HERE = Path(__file__).parent / "engine"
QUESTIONS = {
    "aws-auth": HERE / "eks" / "aws-auth.jsonl",
    "iam": HERE / "iam" / "answers.jsonl",
    "rbac": HERE / "rbac" / "answers.jsonl",
    "token": HERE / "eks" / "tokens.jsonl",
}
VALUES: list[Any] = [
    None, 0, -1, 1.5, True, "", "x", "\ud800", "\x00", "a" * 5000, 10**30, [], {}, [[]], [None], ["x", 1], {"a": None},
]  # fmt: skip
POD = {
    "pod": {
        "metadata": {"namespace": "a", "labels": {"x": "y"}, "annotations": {"eks.amazonaws.com/skip-containers": "b"}},
        "spec": {
            "serviceAccountName": "api",
            "nodeSelector": {"kubernetes.io/os": "linux"},
            "containers": [{"name": "app", "env": [{"name": "X", "value": "y"}], "volumeMounts": [{"name": "v"}]}],
            "volumes": [{"name": "v"}],
        },
    },
    "service_account": {
        "metadata": {"namespace": "a", "name": "api", "annotations": {"eks.amazonaws.com/role-arn": "x"}}
    },
    "config": {"region": "eu-west-1", "pod_identity": {"service_accounts": [{"namespace": "a", "name": "b"}]}},
}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from places(child, (*path, key))


def changed(question: Any, path: tuple[Any, ...], value: Any) -> Any:
    result = copy.deepcopy(question)
    inner = result
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return result


@pytest.mark.parametrize("engine", sorted([*QUESTIONS, "webhook"]))
def test_a_value_of_another_type(engine: str) -> None:
    lines = QUESTIONS[engine].read_text().splitlines() if engine in QUESTIONS else [json.dumps(POD)]
    questions = [question for question in map(json.loads, lines) if "objects_ref" not in question]
    choice = random.Random(1)  # noqa: S311  # repeatable, not secret
    decider = ENGINES[engine]()
    answered = 0
    for _ in range(COUNT):
        question = choice.choice(questions)
        line = json.dumps(changed(question, choice.choice(list(places(question))), choice.choice(VALUES)))
        try:
            answer = decider(msgspec.Raw(line.encode()))
        except (ValueError, RecursionError) as error:
            assert str(error)
        else:
            assert msgspec.json.encode(answer)
            answered += 1
    assert answered > COUNT * 0.05
