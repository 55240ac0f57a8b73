"""YAML as kubectl reads it, compared with what sigs.k8s.io/yaml answers."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustpath.facts.yaml_documents import MAX_DEPTH, YamlError, find, load_documents, resolve

FOLDER = Path(__file__).parent
RECORDED = [
    json.loads(line, parse_int=lambda text: int(text) if len(text) < 21 else float(text))
    for line in (FOLDER / "yaml_scalars.jsonl").read_text(encoding="utf-8").splitlines()
]


def load(text: str) -> list[object]:
    return [document.value for document in load_documents(text.encode())]


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda item: item["yaml"])
def test_recorded(recorded: dict[str, Any]) -> None:
    if "error" in recorded:
        with pytest.raises(YamlError):
            load(recorded["yaml"])
        return

    (value,) = load(recorded["yaml"])

    assert value == recorded["json"]
    assert type(value) is type(recorded["json"])


@pytest.fixture(scope="session")
def kubectl_yaml(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("go") is None:
        pytest.skip("Go is not installed: the comparison with kubectl's YAML library runs in CI")
    binary = tmp_path_factory.mktemp("bin") / "kubectl_yaml"
    built = subprocess.run(
        ["go", "build", "-o", str(binary), "."],
        cwd=FOLDER / "kubectl_yaml",
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode:
        pytest.skip(f"kubectl's YAML library cannot be built here: {built.stderr[:200]}")
    return binary


SCALARS = st.one_of(
    st.from_regex(r"[-+]?[0-9_]{1,6}(\.[0-9]{0,3})?([eE][-+]?[0-9]{1,2})?", fullmatch=True),
    st.from_regex(r"[-+]?0[xob]?[0-9a-fA-F_]{0,6}", fullmatch=True),
    st.from_regex(r"[yYnNoOtTfF~][a-zA-Z]{0,4}", fullmatch=True),
    st.from_regex(r"[0-9]{1,4}[-:][0-9]{1,2}[-:][0-9]{1,2}", fullmatch=True),
    st.from_regex(r"[a-z.]{1,8}", fullmatch=True),
)


@settings(max_examples=40, deadline=None)
@given(scalars=st.lists(SCALARS, min_size=50, max_size=50))
def test_scalars_as_kubectl_reads_them(kubectl_yaml: Path, scalars: list[str]) -> None:
    asked = "".join(json.dumps(f"a: {text}\n") + "\n" for text in scalars)
    answers = subprocess.run([kubectl_yaml], input=asked, capture_output=True, text=True, check=True).stdout

    for line in answers.splitlines():
        answer = json.loads(line)
        if "error" in answer:
            with pytest.raises(YamlError):
                load(answer["yaml"])
        else:
            (value,) = load(answer["yaml"])
            assert isinstance(value, dict)
            assert value["a"] == answer["json"]["a"] or float(value["a"]) == float(answer["json"]["a"]), answer["yaml"]


def test_several_documents_and_an_empty_one() -> None:
    assert load("a: 1\n---\n---\nb: 2\n") == [{"a": 1}, None, {"b": 2}]


def test_documents_before_a_fault_are_kept() -> None:
    documents = load_documents(b"a: 1\n---\nb: [1\n")

    assert next(documents).value == {"a": 1}
    with pytest.raises(YamlError) as error:
        next(documents)
    assert (error.value.line, error.value.column) == (4, 1)


def test_alias_bomb() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]

    with pytest.raises(YamlError, match="aliases repeat too much"):
        load("\n".join(lines) + "\n")


def test_an_anchor_that_holds_itself() -> None:
    with pytest.raises(YamlError, match="names no anchor before it"):
        load("a: &a [*a]\n")


def test_deep_nesting() -> None:
    with pytest.raises(YamlError, match="nested deeper"):
        load("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))


def test_not_utf8() -> None:
    with pytest.raises(YamlError):
        load_bytes = load_documents(b"a: \xff\xfe\n")
        list(load_bytes)


def test_infinity_is_no_json() -> None:
    with pytest.raises(ValueError, match="no JSON number"):
        resolve(".inf")


def test_first_and_last_lines_of_items() -> None:
    text = b"apiVersion: v1\nitems:\n- kind: A\n  x: 1\n- kind: B\nkind: List\n"

    (document,) = load_documents(text)

    assert document.items == [(2, 2), (4, 2)]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("a", "b"), (1, 5, 4)),
        (("a",), (0, 0, 1)),
        (("list", 1), (4, 2, 3)),
        (("list", 2, "k"), (5, 5, 1)),
        (("flow", "x"), (6, 10, 3)),
        (("quoted: key",), (7, 15, 1)),
        (("twice",), (9, 7, 1)),
        (("nowhere",), None),
        (("list", 9), None),
    ],
)
def test_find(path: tuple[str | int, ...], place: tuple[int, int, int] | None) -> None:
    text = b"a:\n  b: text\nlist:\n- one\n- two\n- k: 3\nflow: {x: yes}\n'quoted: key': 1\ntwice: 1\ntwice: 2\n"

    assert find(text, path) == place


def test_find_a_key() -> None:
    assert find(b"a:\n  bcd: text\n", ("a", "bcd"), key=True) == (1, 2, 3)


def test_items_of_a_list_are_encoded() -> None:
    (document,) = load_documents(b"kind: List\nitems:\n- &a {k: yes}\n- *a\n- text\n")

    assert msgspec.json.decode(msgspec.json.encode(document.value)) == {
        "kind": "List",
        "items": [{"k": True}, {"k": True}, "text"],
    }
