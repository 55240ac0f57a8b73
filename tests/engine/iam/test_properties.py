"""What holds for all policies: agreement with the plain rules, order and spelling, monotony, three values."""

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.iam import naive
from trustpath.cli.decide_iam import answer

ACCOUNT = "111122223333"
USER = {"type": "iam-user", "arn": f"arn:aws:iam::{ACCOUNT}:user/alice", "account": ACCOUNT}
SESSION = {
    "type": "role-session",
    "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/app/s1",
    "role_arn": f"arn:aws:iam::{ACCOUNT}:role/app",
    "account": ACCOUNT,
}
KEYS: dict[str, tuple[list[str], list[str], list[str]]] = {
    # key: operators, operands, values
    "aws:PrincipalTag/team": (
        ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "Null"],
        ["alpha", "al*", "?eta", "*", "${aws:username}", "${aws:username, 'beta'}", "ALPHA", "a${*}"],
        ["alpha", "beta", "ALPHA", "a*", ""],
    ),
    "aws:username": (["StringEquals", "StringNotEquals", "StringLike"], ["alice", "bob", "a*"], ["alice", "bob"]),
    "s3:max-keys": (
        ["NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericGreaterThanEquals"],
        ["10", "20"],
        ["5", "10", "010", "15", "20", "25", "many"],
    ),
    "aws:SecureTransport": (["Bool"], ["true", "false"], ["true", "false"]),
    "aws:SourceIp": (
        ["IpAddress", "NotIpAddress"],
        ["203.0.113.0/24", "198.51.100.7", "2001:db8::/64"],
        ["203.0.113.9", "198.51.100.7", "2001:db8::1", "nowhere"],
    ),
    "aws:SourceArn": (
        ["ArnEquals", "ArnNotLike"],
        ["arn:aws:sns:*:111122223333:topic-*", "arn:aws:sns:eu-west-1:111122223333:a:*"],
        ["arn:aws:sns:us-east-1:111122223333:topic-a", "arn:aws:sns:eu-west-1:111122223333:a:b", "no arn"],
    ),
}


@st.composite
def conditions(draw: st.DrawFn, most: int = 2) -> dict[str, dict[str, list[str]]]:
    block: dict[str, dict[str, list[str]]] = {}
    for _ in range(draw(st.integers(0, most))):
        key = draw(st.sampled_from(sorted(KEYS)))
        operators, operands, _ = KEYS[key]
        name = draw(st.sampled_from(operators))
        values = draw(st.lists(st.sampled_from(operands), min_size=1, max_size=2))
        if name == "Null":
            values = [draw(st.sampled_from(["true", "false"]))]
        else:
            quantifier = draw(st.sampled_from(["", "", "", "ForAllValues:", "ForAnyValue:"]))
            suffix = draw(st.sampled_from(["", "", "IfExists"])) if not quantifier else ""
            name = f"{quantifier}{name}{suffix}"
        block.setdefault(name, {})[key] = values
    return block


@st.composite
def statements(draw: st.DrawFn, *, principal: bool = False) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": draw(st.sampled_from(["Allow", "Allow", "Allow", "Deny"]))}
    actions = ["s3:GetObject", "S3:get*", "s3:*", "*", "s3:PutObject", "s3:Get?bject"]
    resources = ["*", "arn:aws:s3:::data/*", "arn:aws:s3:::data/${aws:username}/*", "arn:aws:s3:::other/*"]
    statement[draw(st.sampled_from(["Action", "Action", "NotAction"]))] = draw(
        st.lists(st.sampled_from(actions), min_size=1, max_size=2)
    )
    statement[draw(st.sampled_from(["Resource", "Resource", "NotResource"]))] = draw(
        st.lists(st.sampled_from(resources), min_size=1, max_size=2)
    )
    if principal:
        names = [USER["arn"], SESSION["arn"], SESSION["role_arn"], f"arn:aws:iam::{ACCOUNT}:root", "*"]
        statement["Principal"] = {"AWS": draw(st.lists(st.sampled_from(names), min_size=1, max_size=2))}
    block = draw(conditions())
    if block:
        statement["Condition"] = block
    return statement


def documents(*, principal: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda found: {"Version": "2012-10-17", "Statement": found},
        st.lists(statements(principal=principal), min_size=1, max_size=3),
    )


@st.composite
def contexts(draw: st.DrawFn) -> dict[str, Any]:
    context: dict[str, Any] = {}
    for key, (_, _, values) in KEYS.items():
        value = draw(st.one_of(st.none(), st.sampled_from(values)))
        if value is not None:
            context[key] = value
    if draw(st.booleans()) and "aws:PrincipalTag/team" in context:
        context["aws:PrincipalTag/team"] = draw(st.lists(st.sampled_from(["alpha", "beta"]), max_size=2))
    return context


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    caller = draw(st.sampled_from([USER, SESSION]))
    level = st.lists(documents(), min_size=1, max_size=1)
    return {
        "id": 1,
        "request": {
            "principal": caller,
            "action": "s3:GetObject",
            "resource": draw(st.sampled_from(["arn:aws:s3:::data/alice/x", "arn:aws:s3:::data/x"])),
            "resource_account": ACCOUNT,
            "context": draw(contexts()),
        },
        "policies": {
            "identity": draw(st.lists(documents(), max_size=2)),
            "resource": draw(st.one_of(st.none(), documents(principal=True))),
            "boundary": draw(st.one_of(st.none(), st.none(), level)),
            "session": draw(st.one_of(st.none(), st.none(), documents())) if caller is SESSION else None,
            "scps": draw(st.one_of(st.none(), st.none(), st.lists(level, min_size=1, max_size=2))),
            "rcps": None,
        },
    }


def decide(question: dict[str, Any]) -> dict[str, Any]:
    return answer(json.dumps(question).encode())  # type: ignore[arg-type]  # the decoder takes any bytes


def coarse(question: dict[str, Any]) -> str:
    result = str(decide(question)["result"])
    return {"Allowed": "allowed", "Unknown": "unknown"}.get(result, "denied")


def lowered(context: dict[str, Any]) -> dict[str, Any]:
    return {key.lower(): value for key, value in context.items()}


@settings(max_examples=600, deadline=None)
@given(question=questions())
def test_compiled_agrees_with_the_plain_rules(question: dict[str, Any]) -> None:
    assert coarse(question) == naive.verdict(question, lowered(question["request"]["context"]))


@settings(max_examples=200, deadline=None)
@given(question=questions(), data=st.data())
def test_spelling_and_order_do_not_matter(question: dict[str, Any], data: st.DataObject) -> None:
    changed = copy.deepcopy(question)
    for document in _documents(changed["policies"]):
        data.draw(st.randoms(use_true_random=False)).shuffle(document["Statement"])
        for statement in document["Statement"]:
            for element in ("Action", "NotAction", "Resource", "NotResource"):
                if element in statement:
                    entries = statement[element][::-1]
                    if element.endswith("Action"):
                        entries = [entry.swapcase() for entry in entries]
                    statement[element] = entries[0] if len(entries) == 1 else entries
            for keys in statement.get("Condition", {}).values():
                for key, values in list(keys.items()):
                    keys.pop(key)
                    keys[key.swapcase()] = values[0] if len(values) == 1 else values[::-1]
        if len(document["Statement"]) == 1:
            document["Statement"] = document["Statement"][0]
    changed["policies"]["identity"] = [json.dumps(item) for item in changed["policies"]["identity"]]

    assert coarse(changed) == coarse(question)


def _documents(policies: Any) -> list[dict[str, Any]]:
    if isinstance(policies, dict):
        return [policies] if "Statement" in policies else _documents(list(policies.values()))
    return [found for item in policies for found in _documents(item)] if isinstance(policies, list) else []


@settings(max_examples=200, deadline=None)
@given(question=questions(), data=st.data())
def test_more_allow_never_denies_and_more_deny_never_allows(question: dict[str, Any], data: st.DataObject) -> None:
    before = coarse(question)
    effect = data.draw(st.sampled_from(["Allow", "Deny"]))
    found = _documents(question["policies"])
    if not found:
        return
    document = data.draw(st.sampled_from(found))
    extra = data.draw(statements(principal="Principal" in document["Statement"][0]))
    document["Statement"].append({**extra, "Effect": effect})
    after = coarse(question)

    if effect == "Allow":
        assert not (before == "allowed" and after == "denied")
    else:
        assert not (before == "denied" and after == "allowed")


SMALL: dict[str, list[Any]] = {
    # With a text that is no operand, one that is equal but for its case, and absent.
    "aws:PrincipalTag/team": [
        *["alpha", "beta", "ALPHA", "a*", "al*", "?eta", "*", "", "zz", "alice", "bob", None],
        *["Alpha", "Al*", "?Eta", "A*", "Beta", "Alice", "Bob"],
    ],
    "aws:SecureTransport": ["true", "false", None],
    "s3:max-keys": ["5", "10", "15", "20", "25", "many", None],
}


@settings(max_examples=400, deadline=None)
@given(question=questions(), data=st.data())
def test_unknown_exactly_when_some_value_changes_the_verdict(question: dict[str, Any], data: st.DataObject) -> None:
    keys = data.draw(st.lists(st.sampled_from(sorted(SMALL)), min_size=1, max_size=2, unique=True))
    context = {key: value for key, value in question["request"]["context"].items() if key not in keys}
    question["request"]["context"] = context
    question["unknown_context_keys"] = keys
    found = naive.every_verdict(question, lowered(context), {key: SMALL[key] for key in keys})
    said = decide(question)
    result = {"Allowed": "allowed", "Unknown": "unknown"}.get(str(said["result"]), "denied")

    if result != "unknown":
        assert found == {result}
    elif not _several_patterns(question, keys):
        assert found == {"allowed", "denied"}
    if result == "unknown":
        assert set(said["unknown"]) <= set(keys)
        assert said["unknown"]


def _several_patterns(question: dict[str, Any], keys: list[str]) -> bool:
    """Return whether a key stands in several conditions in a way that is left undecided: patterns and sets."""
    used: dict[str, list[str]] = {}
    for document in _documents(question["policies"]):
        for statement in document["Statement"]:
            for name, block in statement.get("Condition", {}).items():
                for key, values in block.items():
                    plain = ":" not in name and "Like" not in name and not any("${" in value for value in values)
                    used.setdefault(key, []).append("plain" if plain else "pattern")
    return any(len(used.get(key, [])) > 1 and "pattern" in used[key] for key in keys)
