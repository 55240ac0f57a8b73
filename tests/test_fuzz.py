"""Hostile and broken input: always one of the four exit codes, never a traceback.

TRUSTPATH_FUZZ sets how many inputs are tried; `make fuzz` tries 50,000.
"""

import json
import os
import random
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.causes.pages import POD as HEALTHY
from tests.cli.run import run

COUNT = int(os.environ.get("TRUSTPATH_FUZZ", "1500"))
CASES = Path(__file__).parent / "field_cases"
POD = ("pod/checkout-5f7c9d-x2x4z", "-n", "payments")
DOCUMENTS = [value for value in yaml.safe_load_all(HEALTHY) if value]
# The whole healthy dump most of the time: a single answer alone ends early, with no facts.
SEEDS = [
    *[HEALTHY.encode()] * 30,
    json.dumps(DOCUMENTS, indent=1).encode(),
    b"\n".join(json.dumps(value).encode() for value in DOCUMENTS),
    *[
        path.read_bytes()
        for path in sorted(CASES.glob("02*/snapshot/**/*"))
        if path.is_file() and path.stat().st_size < 12_000
    ],
]
PIECES = [
    b"\x00", b"\xff", b"{", b"}", b"[", b"]", b'"', b"'", b": ", b"- ", b"\n", b"\t", b"&a ", b"*a", b"<<: ", b"---\n",
    b"null", b"1e999", b"!!binary x", b"? ", b"| ", b"%", b"\xe2\x80\xae", b"\x1b[2J", b"9" * 400, b"arn:aws:iam::",
]  # fmt: skip


def check(data: bytes, *, output: str = "text") -> None:
    result = run("why", *POD, "s3:GetObject", "--from", "-", "-o", output, stdin=data)

    assert result.code in (0, 1, 2, 3), data
    assert "Traceback" not in result.err
    assert "internal error" not in result.err, (result.err, data)
    assert "\x1b" not in result.out + result.err
    if result.code == 2:
        assert result.out == ""
        assert result.err.startswith("error: ")


def mutate(data: bytes, choice: random.Random) -> bytes:
    for _ in range(choice.choice((1, 1, 1, 2, 3, 6))):
        at = choice.randrange(len(data) + 1)
        until = min(len(data), at + choice.choice((1, 1, 2, 8, 60)))
        match choice.randrange(6):
            case 0:
                data = data[:at] + data[until:]
            case 1:
                data = data[:at] + choice.choice(PIECES) + data[at:]
            case 2:
                data = data[:at] + bytes(choice.randrange(256) for _ in range(until - at)) + data[until:]
            case 3:
                data = data[:until]
            case 4:
                data = data[:at] + data[at:until] * choice.randint(2, 5) + data[until:]
            case _:
                other = choice.choice(SEEDS)
                cut = choice.randrange(len(other))
                data = data[:at] + other[cut : cut + 200] + data[at:]
    return data


@pytest.mark.parametrize("part", range(10))
def test_mutated_dumps(part: int) -> None:
    choice = random.Random(part)  # noqa: S311  # repeatable, not secret
    for number in range(COUNT * 8 // 10 // 10):
        check(mutate(choice.choice(SEEDS), choice), output="json" if number % 3 else "text")


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=10)
    | st.sampled_from(["Allow", "*", "sts:AssumeRoleWithWebIdentity", "system:serviceaccount:payments:checkout"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    children: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    return [path, *(found for key, child in children for found in paths(child, (*path, key)))]


def replaced(value: object, path: tuple[str | int, ...], new: object) -> object:
    if not path:
        return new
    if isinstance(value, dict):
        return {key: replaced(child, path[1:], new) if key == path[0] else child for key, child in value.items()}
    assert isinstance(value, list)
    return [replaced(child, path[1:], new) if index == path[0] else child for index, child in enumerate(value)]


ALL_PATHS = [path for path in paths(DOCUMENTS) if len(path) > 1]


@settings(max_examples=max(COUNT // 10, 50), deadline=None, suppress_health_check=list(HealthCheck))
@given(changes=st.lists(st.tuples(st.sampled_from(ALL_PATHS), VALUES), min_size=1, max_size=3), form=st.booleans())
def test_values_of_other_types(changes: list[tuple[tuple[str | int, ...], object]], form: bool) -> None:
    documents: object = DOCUMENTS
    for path, value in changes:
        if path in paths(documents):
            documents = replaced(documents, path, value)
    assert isinstance(documents, list)
    text = json.dumps(documents) if form else yaml.safe_dump_all(documents)

    check(text.encode("utf-8", "surrogatepass"))


@settings(max_examples=max(COUNT // 10, 50), deadline=None)
@given(data=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_anything(data: bytes) -> None:
    check(data)
