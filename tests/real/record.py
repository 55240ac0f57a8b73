"""Records answers of the real programs, for runs without Go: `python -m tests.real.record`."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.real.authenticator_questions import ConfigMaps, Tokens
from tests.real.programs import ask
from tests.real.rbac_questions import Maker
from tests.real.test_authenticator import HOSTS

ENGINES = Path(__file__).parent.parent / "engine"


def record(path: Path, questions: Iterable[dict[str, Any]], program: str) -> None:
    questions = list(questions)
    answers = ask(program, questions)
    lines = [
        json.dumps({**question, "expected": {key: value for key, value in answer.items() if key != "id"}})
        for question, answer in zip(questions, answers, strict=True)
    ]
    path.write_text("\n".join(lines) + "\n")


def main() -> None:
    record(ENGINES / "rbac" / "answers.jsonl", Maker(60).questions(600), "rbac")
    record(ENGINES / "eks" / "aws-auth.jsonl", ConfigMaps(60).questions(300), "authenticator")
    record(ENGINES / "eks" / "tokens.jsonl", Tokens(60, datetime.now(UTC)).questions(300, HOSTS), "authenticator")


if __name__ == "__main__":
    main()
