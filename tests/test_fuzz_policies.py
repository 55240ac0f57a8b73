"""Broken and hostile policy documents: always an answer, and never `Allowed` by one that IAM refuses.

TRUSTPATH_FUZZ sets how many are tried, two for each of it; `make fuzz` tries 100,000.
"""

import copy
import json
import os
import random
from pathlib import Path
from typing import Any

import pytest

from trustpath.cli.decide_iam import answer
from trustpath.engine.iam.refusals import always_refused
from trustpath.engine.policy_lint.check import check
from trustpath.model.policy import PolicyKind

COUNT = int(os.environ.get("TRUSTPATH_FUZZ", "1500")) * 2
ENGINES = Path(__file__).parent / "engine"
QUESTIONS = [json.loads(line) for line in (ENGINES / "iam" / "answers.jsonl").read_text().splitlines()]
ALLOWED = [question for question in QUESTIONS if question["expected"]["result"] == "Allowed"]
TEXTS = [json.loads(line)["document"] for line in (ENGINES / "policy_lint" / "answers.jsonl").read_text().splitlines()]
WORDS: list[Any] = [
    "*", "?", "", " ", "${aws:username}", "${", "${*}", "arn:aws:s3:::x", "arn:aws", "a:b:c:d:e:f:g", "sts:*", "s3",
    "Allow", "deny", 0, 1.5, True, None, [], {}, [[]], {"AWS": "*"}, "😀", "\x00", "9" * 400, "2012-10-17",
    "StringEquals", "Null", "ForAllValues:Null", "NumericLessThan", "ArnLike", "*a" * 200, "aws:TagKeys", ["*", None], "http://x",
]  # fmt: skip
KEYS = [
    "Version", "Statement", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal",
    "Sid", "Condition", "Id", "StringLike", "IpAddress", "DateEquals", "BoolIfExists", "NullIfExists", "aws:SourceIp",
    "x",
]  # fmt: skip


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key) of a JSON value."""
    found: list[tuple[Any, Any]] = []
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in entries:
        found.append((value, key))
        found.extend(places(child))
    return found


def mutate(document: Any, choice: random.Random) -> str:
    document = json.loads(json.dumps(document))
    for _ in range(choice.choice((1, 1, 1, 2, 3))):
        found = places(document)
        if not found:
            break
        container, key = choice.choice(found)
        match choice.randrange(5):
            case 0:
                container[key] = copy.deepcopy(choice.choice(WORDS))
            case 1:
                del container[key]
            case 2 if isinstance(container, dict):
                container[choice.choice(KEYS)] = container.pop(key)
            case 3 if isinstance(container, dict):
                container[choice.choice(KEYS)] = copy.deepcopy(choice.choice(WORDS))
            case _:
                container[key] = [container[key], copy.deepcopy(choice.choice(WORDS))]
    text = json.dumps(document)
    if choice.random() < 0.1:
        at = choice.randrange(len(text) + 1)
        text = text[:at] + choice.choice(['"', "{", "}", ",", "\\", "\\ud800", "1e999", "\n"]) + text[at:]
    return text


def first_document(question: Any) -> tuple[str, PolicyKind, Any]:
    """Return the document that grants, the name of its layer, and what kind of policy it is."""
    if question["policies"]["resource"]:
        trust = question["request"]["action"].startswith("sts:")
        return "resource", "trust" if trust else "resource", question["policies"]["resource"]
    return "identity", "identity", question["policies"]["identity"][0]


@pytest.mark.parametrize("part", range(10))
def test_mutated_policies(part: int) -> None:
    choice = random.Random(part)  # noqa: S311  # repeatable, not secret
    for _ in range(COUNT * 9 // 10 // 10):
        question = choice.choice(ALLOWED)
        layer, kind, document = first_document(question)
        text = mutate(document, choice)
        policies = {**question["policies"], layer: text if layer == "resource" else [text]}
        said = answer(json.dumps({**question, "policies": policies}).encode())  # type: ignore[arg-type]
        report = check(kind, text)

        assert said["result"] in ("Allowed", "ImplicitlyDenied", "ExplicitlyDenied", "Unknown")
        refused = always_refused(kind, text) is not None
        assert not (refused and said["result"] == "Allowed"), text
        assert not (refused and report.save != "rejected"), text
        json.dumps([finding.message for finding in report.findings])


@pytest.mark.parametrize("kind", ["identity", "trust", "resource", "scp", "rcp"])
def test_lint_of_mutated_texts(kind: PolicyKind) -> None:
    choice = random.Random(kind)  # noqa: S311  # repeatable, not secret
    for _ in range(COUNT // 10 // 5):
        text = choice.choice(TEXTS)
        at, until = sorted((choice.randrange(len(text) + 1), choice.randrange(len(text) + 1)))
        check(kind, text[:at] + text[until:] if choice.random() < 0.5 else text[:at] + choice.choice(TEXTS)[at:])


def test_deep_and_wide_documents() -> None:
    for text in ("[" * 100_000, '{"a":' * 100_000, '{"Statement":' * 5_000 + "1" + "}" * 5_000):
        assert check("identity", text).save == "rejected"
    wide = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:Get*"] * 5_000, "Resource": "*"}]}
    assert check("identity", json.dumps(wide)).save == "rejected"
