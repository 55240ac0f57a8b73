"""Every answer of the RBAC engine beside the answer of Kubernetes' own authorizer, reason for reason."""

import json

from tests.real.programs import ask, built
from tests.real.rbac_questions import Maker
from trustpath.cli.decide_rbac import Answers

COUNT = 120_000


@built("rbac")
def test_same_verdict_and_reason() -> None:
    questions = list(Maker(6).questions(COUNT))
    ours = Answers()
    allowed = 0
    for question, theirs in zip(questions, ask("rbac", questions), strict=True):
        mine = ours(json.dumps(question).encode())  # type: ignore[arg-type]  # the decoder takes any bytes
        assert (mine["allowed"], mine["reason"]) == (theirs["allowed"], theirs["reason"]), question
        allowed += theirs["allowed"]

    print(f"rbac: {COUNT} requests agree, {allowed} of them allowed")
    assert COUNT / 20 < allowed < COUNT * 0.95
