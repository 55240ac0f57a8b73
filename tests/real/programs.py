"""The Go programs that answer with Kubernetes' and the authenticator's own code. `make real` builds them."""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


def built(name: str) -> pytest.MarkDecorator:
    """Skip a test where the program is not built."""
    reason = f"the program `{name}` is not built: `make real` does it where Go is there"
    return pytest.mark.skipif(not (HERE / "build" / name).is_file(), reason=reason)


def ask(name: str, questions: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the program's answer to each question."""
    data = "\n".join(json.dumps(question) for question in questions)
    program = str(HERE / "build" / name)
    done = subprocess.run([program], input=data, capture_output=True, text=True, check=True, timeout=300)
    return [json.loads(line) for line in done.stdout.splitlines()]
