"""Refusals beside moto's validator of identity policies. `docs/peers.md` lists where the two differ and why."""

import json
import random
from collections import Counter
from typing import Any

import pytest

from tests.test_fuzz_policies import mutate
from trustpath.engine.iam.refusals import refusal

validation: Any = pytest.importorskip(
    "moto.iam.policy_validation", reason="moto is not installed: `make peers` does it"
)

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "a",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:Put*"],
            "Resource": ["arn:aws:s3:::a/*", "arn:aws:iam::111122223333:user/x"],
            "Condition": {
                "StringEquals": {"aws:username": "x"},
                "DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"},
            },
        },
        {"Sid": "b", "Effect": "Deny", "NotAction": "iam:*", "NotResource": "*"},
    ],
}


def moto(text: str) -> str | None:
    """Return moto's message, None when it accepts; `crash` for an error of its own."""
    try:
        validation.IAMPolicyDocumentValidator(text).validate()
    except validation.MalformedPolicyDocument as error:
        return str(error.message)
    except (AttributeError, TypeError, IndexError):
        return "crash"
    return None


def listed(text: str, verdict: str, problem: str) -> bool:
    """Return whether a difference is one of those in the docs."""
    return (
        verdict == "unknown"
        or "rincipal" in text
        or "\ud800" in text
        or "\\ud800" in text
        or "Conditions" in text
        or any(
            part in problem
            for part in (
                "is no value for",
                "a text, a number or a boolean",
                "must be in ARN",
                "no ARN",
                "statement id `",
            )
        )
        or "null" in text
        or "${" in text
        or any(f": {number}" in text or f", {number}" in text for number in ("0", "1.5"))
    )


def test_they_agree_but_for_what_is_listed() -> None:
    choice = random.Random(1)  # noqa: S311  # repeatable, not secret
    found: Counter[str] = Counter()
    rest = []
    for _ in range(5000):
        text = mutate(POLICY, choice)
        theirs, mine = moto(text), refusal("identity", text)
        message = mine.message if mine else None
        if theirs == message and (mine is None or mine.verdict == "rejected"):
            found["same"] += 1
        elif (
            theirs == "crash" or (mine is not None and listed(text, mine.verdict, mine.problem)) or listed(text, "", "")
        ):
            found["listed"] += 1
        else:
            rest.append((theirs, mine, text))

    assert [json.dumps(item, default=str) for item in rest] == []
    assert found["same"] > 4500
