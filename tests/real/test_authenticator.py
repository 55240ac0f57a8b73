"""Who a caller becomes, and whether a token is taken, beside the authenticator's own code."""

import json
import re
from collections import Counter
from datetime import UTC, datetime

from tests.real.authenticator_questions import ConfigMaps, Tokens
from tests.real.programs import ask, built
from trustpath.cli import decide_aws_auth, decide_token

# Clusters, and hosts that the authenticator's versions judge alike (docs/peers.md lists where they differ).
HOSTS = [
    ("aws", "eu-west-1", "sts.amazonaws.com"),
    ("aws", "eu-west-1", "sts.eu-west-1.amazonaws.com"),
    ("aws", "eu-west-1", "sts.ap-south-1.amazonaws.com"),
    ("aws", "eu-west-1", "a:b@sts-fips.us-east-1.amazonaws.com"),
    ("aws", "eu-west-1", "sts.eu-west-1.amazonaws.com:443"),
    ("aws", "eu-west-1", "sts.eu-west-1.amazonaws.com.example.com"),
    ("aws", "eu-west-1", "sts.eu-west-1.amazonaws.com:x"),
    ("aws", "eu-west-1", "sts.eu-west-1.amazonaws%2ecom"),
    ("aws", "eu-west-1", "STS.eu-west-1.amazonaws.com"),
    ("aws", "eu-west-1", "[::1]"),
    ("aws", "eu-west-1", "a b.c.d.e"),
    ("aws-cn", "cn-north-1", "sts.cn-north-1.amazonaws.com.cn"),
    ("aws-us-gov", "us-gov-west-1", "sts.us-gov-west-1.amazonaws.com"),
]
# Our message leaves the URL out: it holds the signature.
URL = re.compile(r'(?<=formatted: parse )".*"(?=: )', re.DOTALL)


@built("authenticator")
def test_same_user_for_every_caller() -> None:
    questions = list(ConfigMaps(6).questions(20_000))
    found: Counter[str] = Counter()
    for question, theirs in zip(questions, ask("authenticator", questions), strict=True):
        mine = decide_aws_auth.answer(json.dumps(question).encode())  # type: ignore[arg-type]
        del theirs["id"]
        assert mine == theirs, question
        found[str(theirs["error"])] += 1

    print(f"aws-auth: {len(questions)} ConfigMaps agree: {dict(found)}")
    assert min(found[error] for error in ("None", "not-mapped", "principal", "template")) > 100


@built("authenticator")
def test_same_verdict_on_every_token() -> None:
    questions = list(Tokens(6, datetime.now(UTC)).questions(10_000, HOSTS))
    accepted = 0
    for question, theirs in zip(questions, ask("authenticator", questions), strict=True):
        mine = decide_token.answer(json.dumps(question).encode())  # type: ignore[arg-type]
        said, expected = str(mine["error"]), URL.sub('"…"', str(theirs["error"]))
        assert mine["accepted"] == theirs["accepted"], (question, said, expected)
        if "unexpected hostname" in expected:
            assert mine["step"] == "e", question["token"]  # the words changed between versions
        elif "query parameter" not in expected:
            # Go visits the parameters in no order: which of two problems it names changes from run to run.
            assert said == expected, question["token"]
        accepted += mine["accepted"] is True

    print(f"token: {len(questions)} tokens agree, {accepted} of them accepted")
    assert accepted > 1000
