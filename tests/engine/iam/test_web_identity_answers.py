"""Recorded answers of AWS's documentation to web identity calls: `web_identity.jsonl`, a question a line."""

import json
from pathlib import Path
from typing import Any

import pytest

from trustpath.engine.iam.decision import decide_trust, denies
from trustpath.engine.iam.request import (
    ABSENT,
    UNKNOWN,
    ContextValue,
    OidcPrincipal,
    Present,
    Request,
    RequestContext,
)
from trustpath.model.policy import PolicyDocument, parse_policy

LINES = [json.loads(line) for line in (Path(__file__).parent / "web_identity.jsonl").read_text().splitlines()]


def policy(value: object) -> PolicyDocument:
    document = parse_policy(json.dumps(value))
    assert isinstance(document, PolicyDocument)
    return document


def decide(question: dict[str, Any]) -> str:
    request = question["request"]
    unknown = {key.lower() for key in question.get("unknown_context_keys", ())}
    known: dict[str, ContextValue] = {
        key: Present(tuple(value) if isinstance(value, list) else (value,), isinstance(value, list))
        for key, value in request["context"].items()
    }
    context = RequestContext(known, lambda key: UNKNOWN if key in unknown else ABSENT)
    principal = OidcPrincipal(request["principal"]["provider"], "aws", request["resource_account"])
    trust_request = Request(principal, request["action"], request["resource"], context)
    above = [denies(policy(document), trust_request) for document in _documents(question["policies"]["rcps"])]
    result = decide_trust(policy(question["policies"]["resource"]), trust_request).result
    if True in above or result == "explicitly-denied":
        return "ExplicitlyDenied"
    if None in above and result == "allowed":
        return "Unknown"
    return {"allowed": "Allowed", "implicitly-denied": "ImplicitlyDenied", "unknown": "Unknown"}[result]


def _documents(policies: object) -> list[object]:
    if isinstance(policies, list):
        return [document for item in policies for document in _documents(item)]
    if isinstance(policies, dict):
        return [policies] if "Statement" in policies else _documents(list(policies.values()))
    return []


@pytest.mark.parametrize("question", LINES, ids=lambda question: question["id"])
def test_answer(question: dict[str, Any]) -> None:
    assert decide(question) == question["expected"]["result"]
