"""Text as numbers, dates, addresses and ARNs: what AWS answered, and the edges that the documentation names."""

from decimal import Decimal

import pytest

from trustpath.engine.iam import values
from trustpath.engine.iam.wildcards import Pattern, compile_pattern


@pytest.mark.parametrize("text", ["1", "01", "+1", "1.0", "1.", "1e0"])
def test_one_number(text: str) -> None:
    assert values.number(text) == 1


@pytest.mark.parametrize("text", ["", "NaN", "Infinity", "-Infinity", "1,0", " 1", "1 ", "0x1", "no", "1e", "--1", "١"])
def test_no_number(text: str) -> None:
    assert values.number(text) is None


def test_numbers_are_exact() -> None:
    assert values.number("9007199254740993") == Decimal("9007199254740993")
    assert values.number("9007199254740993") != values.number("9007199254740992")
    assert values.number("0.1") == Decimal("0.1")
    assert values.number("9" * 1000) is None


MOMENT = 1_893_456_000_000


@pytest.mark.parametrize(
    "text",
    [
        "2030-01-01T00:00:00Z",
        "2030-01-01",
        "2030-01-01T00:00:00",
        "1893456000",
        "+1893456000",
        "2030-01-01T00:00Z",
        "2030-01-01t00:00:00z",
        "2030-01-01T01:00:00+01:00",
        "2029-12-31T23:30:00-00:30",
        "2030-01-01T02:00:00+02",
        "2030-01-01T00:00:00.0009Z",  # cut off after milliseconds
    ],
)
def test_one_moment(text: str) -> None:
    assert values.date(text) == MOMENT


def test_milliseconds_count() -> None:
    assert values.date("2030-01-01T00:00:00.001Z") == MOMENT + 1
    assert values.date("-1") == -1000


@pytest.mark.parametrize("text", ["", "not-a-date", "2030-13-01", "2030-02-30", "2030-01-01T25:00:00Z", "1.5", "2030"])
def test_no_moment(text: str) -> None:
    # A number is seconds, so that 2030 is a moment of 1970.
    assert values.date(text) is None or text == "2030"


@pytest.mark.parametrize(
    ("operand", "address", "covered"),
    [
        ("192.0.2.0/24", "192.0.2.0", True),
        ("192.0.2.0/24", "192.0.2.255", True),
        ("192.0.2.0/24", "192.0.3.1", False),
        ("192.0.2.5/24", "192.0.2.1", True),  # host bits are ignored
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.0/0", "203.0.113.1", True),
        ("192.0.2.0/0", "2001:db8::1", False),
        ("192.000.002.0/24", "192.0.2.1", True),
        ("192.0.2.0/024", "192.0.2.1", True),
        ("192.0.2.0/+24", "192.0.2.1", True),
        ("2001:db8::/64", "2001:db8::1", True),
        ("2001:db8::5/64", "2001:db8::1", False),  # host bits of IPv6: matches nothing
        ("2001:db8::5/64", "2001:db8::5", False),
        ("2001:db8::4/127", "2001:db8::5", True),
        ("2001:db8::1", "2001:0db8:0::1", True),
        ("::/0", "2001:db8::1", True),
        ("::/0", "192.0.2.1", False),
        ("192.0.2.0/24", "::ffff:192.0.2.7", True),  # IPv4 written as IPv6
        ("::ffff:0:0/96", "192.0.2.7", False),
        ("2001:db8::1", "2001:db8:::1", True),
        ("0:2001:db8::1", ":2001:db8::1", True),
        ("2001:db8::/32", "2001:db8:1:2:3:4:5:6:", True),
    ],
)
def test_networks(operand: str, address: str, covered: bool) -> None:
    network, parsed = values.network(operand), values.address(address)

    assert network is not None
    assert parsed is not None
    assert network.covers(parsed) is covered


@pytest.mark.parametrize("text", ["", "nowhere", "192.0.2", "192.0.2.256", "1.2.3.4.5", "::1::2", "12345::", "g::"])
def test_no_address(text: str) -> None:
    assert values.address(text) is None
    assert values.network(text) is None


@pytest.mark.parametrize("text", ["192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/", "::/129", "192.0.2.0/x"])
def test_no_network(text: str) -> None:
    assert values.network(text) is None


def test_arns() -> None:
    assert values.arn("arn:aws:iam::1:role/a:b:c") == ("arn", "aws", "iam", "", "1", "role/a:b:c")
    assert values.arn("arn:aws:iam::1") is None
    assert values.arn("urn:aws:iam::1:role/a") is None


def test_a_question_mark_is_one_utf_16_unit() -> None:
    assert not compile_pattern("?").matches("😀")
    assert compile_pattern("??").matches("😀")
    assert compile_pattern("a?*").matches("aé")
    assert compile_pattern("😀?").matches("😀x")


def test_escaped_wildcards_are_characters() -> None:
    assert Pattern(["a", "*", 1]).matches("a*bc")
    assert not Pattern(["a", "*", 1]).matches("abc")


@pytest.mark.parametrize("pattern", ["a*" * 3000 + "b", "?*" * 3000 + "b", "*?" * 3000, "*a?" * 2000 + "c", "?" * 6000])
def test_hostile_patterns_do_not_backtrack(pattern: str) -> None:
    # Exponential matching would not end; how long it takes is measured in benchmarks.
    assert not compile_pattern(pattern).matches("a" * 2048 + "-")
