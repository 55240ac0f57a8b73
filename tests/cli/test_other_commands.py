"""``explain``, ``decide``, help and version."""

import io
import json

import msgspec
import pytest

from tests.cli.run import run
from trustpath import __version__
from trustpath.audits import catalogue as audits
from trustpath.causes import catalogue
from trustpath.cli.decide import decide_lines


def test_version_and_help() -> None:
    assert run("--version").out == f"trustpath {__version__}\n"
    shown = run("--help")
    assert shown.code == 0
    assert {"why", "explain"} <= set(shown.out.split())
    assert "Exit codes: 0 allowed, 1 denied" in shown.out
    assert run("why", "-h").code == 0
    assert run("nonsense").code == 2


def test_explain_lists_every_cause_with_its_meaning() -> None:
    lines = run("explain").out.splitlines()

    numbers = [entry.id for entry in audits.checks()]
    assert [line.split()[0] for line in lines] == [*catalogue.identifiers(), *numbers]
    assert all(len(line.split()) > 3 for line in lines)


def test_explain_prints_the_page() -> None:
    result = run("explain", "trust-aud-mismatch")
    assert result.code == 0
    assert result.out == catalogue.page("trust-aud-mismatch")

    assert run("explain", "AW-101").out == audits.page("anonymous_server")

    drawn = run("explain", "trust-aud-mismatch", "--color", "always").out
    assert "\x1b[" in drawn
    assert "```" not in drawn


def test_explain_an_unknown_cause() -> None:
    result = run("explain", "trust-aud-missmatch")

    assert result.code == 2
    assert "did you mean trust-aud-mismatch?" in result.err


class Question(msgspec.Struct):
    number: int


def double(line: msgspec.Raw) -> dict[str, int]:
    return {"result": msgspec.json.decode(line, type=Question).number * 2}


@pytest.mark.parametrize("last", [b"", b"\n"])
def test_decide_answers_line_by_line(last: bytes) -> None:
    lines = b'{"id": "a", "number": 1}\n\n{"id": 2, "number": "x"}\nnot json\n{"number": 3, "more": 1}' + last
    out = io.BytesIO()

    code = decide_lines(double, io.BytesIO(lines), out)

    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    assert code == 2
    assert answers[0] == {"id": "a", "result": 2}
    assert answers[1]["id"] == 2
    assert "number" in answers[1]["error"]
    assert answers[2]["id"] is None
    assert "error" in answers[2]
    assert answers[3] == {"id": None, "result": 6}


def test_decide_all_well() -> None:
    out = io.BytesIO()

    assert decide_lines(double, io.BytesIO(b'{"id": "a", "number": 1}\n'), out) == 0


def test_decide_has_a_group() -> None:
    assert run("decide", "--help").code == 0
