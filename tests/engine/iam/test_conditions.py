"""Condition operators, row by row beside the reference on IAM evaluation, section 3."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustpath.engine.iam.conditions import CompiledCondition
from trustpath.engine.iam.operators import Operator
from trustpath.engine.iam.request import ABSENT, UNKNOWN, ContextValue, Present, RequestContext
from trustpath.engine.iam.three_valued import Truth, every, negate, some
from trustpath.engine.iam.variables import Template, compile_value
from trustpath.engine.iam.wildcards import Pattern, compile_pattern
from trustpath.model.policy import Condition, Text

KEY = "example:team"


def value_of(state: str | list[str] | tuple[str, ...] | None) -> ContextValue:
    match state:
        case None:
            return ABSENT
        case "unknown":
            return UNKNOWN
        case str():
            return Present((state,))
        case list():
            return Present(tuple(state), multivalued=True)
        case _:
            return Present(state)


def judge(
    operator: str, values: list[str], state: str | list[str] | tuple[str, ...] | None, version: str = "2012-10-17"
) -> Truth:
    condition = Condition(operator, KEY, tuple(Text(value, ()) for value in values), ())
    context = RequestContext({KEY: value_of(state), "aws:username": Present(("alice",))}, lambda _: ABSENT)
    return CompiledCondition(condition, version, "Allow").truth(context)


@pytest.mark.parametrize(
    ("operator", "values", "state", "expected"),
    [
        ("StringEquals", ["team"], "team", True),
        ("StringEquals", ["team"], "Team", False),
        ("StringEquals", ["a", "team"], "team", True),
        ("StringEquals", ["te*"], "team", False),  # a literal star
        ("StringEquals", ["te*"], "te*", True),
        ("StringEqualsIgnoreCase", ["TEAM"], "team", True),
        ("StringLike", ["te*"], "team", True),
        ("StringLike", ["te?m"], "team", True),
        ("StringLike", ["te?"], "team", False),
        ("StringLike", ["*:a:*"], "x:a:y/z", True),  # the star runs over colons and slashes
        ("StringLike", ["[t]eam"], "team", False),
        ("StringLike", ["TEAM"], "team", False),
        ("StringNotEquals", ["team"], "team", False),
        ("StringNotEquals", ["a", "team"], "team", False),  # NOR
        ("StringNotEquals", ["a", "b"], "team", True),
        ("StringNotEqualsIgnoreCase", ["TEAM"], "team", False),
        ("StringNotLike", ["te*"], "team", False),
        # a missing key
        ("StringEquals", ["team"], None, False),
        ("StringNotEquals", ["team"], None, True),
        ("StringNotLike", ["*"], None, True),
        ("StringEqualsIfExists", ["team"], None, True),
        ("StringEqualsIfExists", ["team"], "other", False),
        ("StringNotEqualsIfExists", ["team"], None, True),
        ("StringNotEqualsIfExists", ["team"], "team", False),
        ("NumericLessThan", ["5"], None, False),
        ("NotIpAddress", ["10.0.0.0/8"], None, True),
        ("ArnLike", ["arn:*"], None, False),
        ("Bool", ["true"], None, False),
        ("DateGreaterThanIfExists", ["2026-01-01"], None, True),
        # sets, the table of section 3
        ("ForAnyValue:StringEquals", ["team"], None, False),
        ("ForAnyValue:StringEquals", ["team"], ["team"], True),
        ("ForAnyValue:StringEquals", ["team"], ["env"], False),
        ("ForAnyValue:StringEquals", ["team"], ["team", "env"], True),
        ("ForAllValues:StringEquals", ["team"], None, True),
        ("ForAllValues:StringEquals", ["team"], ["team"], True),
        ("ForAllValues:StringEquals", ["team"], ["env"], False),
        ("ForAllValues:StringEquals", ["team"], ["team", "env"], False),
        ("ForAnyValue:StringNotEquals", ["team"], None, False),
        ("ForAnyValue:StringNotEquals", ["team"], ["team"], False),
        ("ForAnyValue:StringNotEquals", ["team"], ["env"], True),
        ("ForAnyValue:StringNotEquals", ["team"], ["team", "env"], True),
        ("ForAllValues:StringNotEquals", ["team"], None, True),
        ("ForAllValues:StringNotEquals", ["team"], ["team"], False),
        ("ForAllValues:StringNotEquals", ["team"], ["env"], True),
        ("ForAllValues:StringNotEquals", ["team"], ["team", "env"], False),
        ("StringEquals", ["team"], ["team"], False),
        ("StringNotEquals", ["team"], ["env"], False),
        ("ForAllValues:StringEquals", ["team"], [], True),
        ("ForAnyValue:StringEquals", ["team"], [], False),
        ("ForAllValues:StringLike", ["te*"], "team", True),  # a single-valued key is a set of one
        # Null
        ("Null", ["true"], None, True),
        ("Null", ["true"], "team", False),
        ("Null", ["false"], "team", True),
        ("Null", ["false"], "", True),  # an empty text is there
        ("Null", ["yes"], "team", True),
        ("ForAllValues:Null", ["true"], "team", True),
        ("ForAnyValue:Null", ["true"], None, False),
        # what is not known
        ("StringEquals", ["team"], "unknown", None),
        ("StringNotEquals", ["team"], "unknown", None),
        ("Null", ["true"], "unknown", None),
        ("NumericLessThan", ["5"], "3", True),
        ("NumericLessThan", ["5"], "team", False),
        ("NumericNotEquals", ["5"], "team", True),
        ("ArnLike", ["arn:*"], "team", False),
        ("ArnNotLike", ["arn:*"], "team", False),
        ("ArnLike", ["arn:*"], "arn:aws:iam::1:role/x", None),
        ("IpAddress", ["10.0.0.0/8"], "team", False),
        ("NotIpAddress", ["10.0.0.0/8"], "team", False),
        ("IpAddress", ["10.0.0.0/8"], "10.1.2.3", True),
        ("Bool", ["true"], "TRUE", True),
        ("Bool", ["true"], "yes", False),
        ("Bool", ["false"], "yes", True),
        ("BinaryEquals", ["eA=="], "eA==", True),
        ("ForAnyValue:StringEqualsIfExists", ["team"], None, None),  # neither documented nor recorded
        ("StringMatches", ["team"], "team", None),
        ("stringequals", ["team"], "team", None),
        # variables
        ("StringEquals", ["${aws:username}"], "alice", True),
        ("StringEquals", ["${AWS:UserName}"], "alice", True),
        ("StringEquals", ["x-${aws:username}-y"], "x-alice-y", True),
        ("StringEquals", ["${aws:nothing}"], "alice", False),
        ("StringNotEquals", ["${aws:nothing}"], "alice", True),
        ("StringEquals", ["${aws:nothing, 'alice'}"], "alice", True),
        ("StringLike", ["a${*}b"], "a*b", True),
        ("StringLike", ["a${*}b"], "axb", False),
        ("StringEquals", ["${$}{x}"], "${x}", True),
    ],
)
def test_operator(operator: str, values: list[str], state: str | list[str] | None, expected: Truth) -> None:
    assert judge(operator, values, state) is expected


def test_variables_are_plain_text_in_the_old_version() -> None:
    assert judge("StringEquals", ["${aws:username}"], "alice", "2008-10-17") is False
    assert judge("StringEquals", ["${aws:username}"], "${aws:username}", "2008-10-17") is True


def test_several_values_of_a_single_valued_key_are_not_judged() -> None:
    assert judge("StringEquals", ["team"], ("team", "env")) is None


def test_keys_ignore_case() -> None:
    context = RequestContext({"Example:Team": Present(("x",))}, lambda _: ABSENT)

    assert context.value("eXAMPLE:tEAM") == Present(("x",))


def test_operator_parts() -> None:
    operator = Operator.parse("ForAllValues:StringNotLikeIfExists")

    assert operator == Operator("StringNotLike", "ForAllValues", True)
    assert operator.negated
    assert operator.like
    assert Operator.parse("ForSome:StringLike") is None


PATTERNS = st.text("ab*?:/", max_size=12)


@given(pattern=PATTERNS, text=st.text("ab*?:/\n", max_size=12))
def test_wildcards_agree_with_regular_expressions(pattern: str, text: str) -> None:
    expression = "".join(".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)

    assert compile_pattern(pattern).matches(text) == bool(re.fullmatch(expression, text, re.DOTALL))


def test_a_hostile_pattern_takes_no_time() -> None:
    pattern = compile_pattern("a*" * 200 + "b")

    assert not pattern.matches("a" * 2000)


TRUTHS = st.sampled_from([True, False, None])


@given(values=st.lists(TRUTHS, max_size=6))
def test_three_valued_logic_is_what_every_completion_agrees_on(values: list[Truth]) -> None:
    def completions(rest: list[Truth]) -> list[list[bool]]:
        if not rest:
            return [[]]
        heads = [True, False] if rest[0] is None else [rest[0]]
        return [[head, *tail] for head in heads for tail in completions(rest[1:])]

    for combine, exact in ((every, all), (some, any)):
        outcomes = {exact(choice) for choice in completions(values)}
        assert combine(values) is (outcomes.pop() if len(outcomes) == 1 else None)
    assert [negate(value) for value in values] == [None if value is None else not value for value in values]


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("${" * 50_000, 0),  # without an end there is no variable
        ("${" + " " * 50_000 + "}", 1),
        ("${a, " + " " * 50_000 + "}", 1),
        ("${a,'" + "x" * 50_000 + "'}${b}", 2),
        ("${*}${?}${$}", 0),
    ],
    ids=["no end", "spaces", "no default", "default", "literals"],
)
def test_variables_are_found_in_one_pass(text: str, variables: int) -> None:
    value = compile_value(text, "2012-10-17", like=False)

    assert (len(value.keys) if isinstance(value, Template) else 0) == variables


def test_a_default_stands_between_quotes() -> None:
    value = compile_value("${ aws:PrincipalTag/x , 'a, b' }", "2012-10-17", like=False)

    assert isinstance(value, Template)
    assert value.resolve(RequestContext({}, lambda _: ABSENT)) == Pattern(["a, b"])
