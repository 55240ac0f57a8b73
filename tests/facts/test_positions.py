"""Whatever is found in a file can be found again in its text."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from trustpath.facts import json_documents, yaml_documents
from trustpath.facts.dumps import read_dumps
from trustpath.model.source import Source

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
Path_ = tuple[str | int, ...]


def leaves(value: object, path: Path_ = ()) -> list[tuple[Path_, object]]:
    if isinstance(value, dict):
        return [leaf for key, child in value.items() for leaf in leaves(child, (*path, key))]
    if isinstance(value, list):
        return [leaf for index, child in enumerate(value) for leaf in leaves(child, (*path, index))]
    return [(path, value)]


@settings(max_examples=300)
@given(value=VALUES, indent=st.sampled_from([None, 1, 4]))
def test_every_json_value_is_found(value: object, indent: int | None) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    values = json_documents.Values(text)

    for path, leaf in leaves(value):
        span = values.find(path)

        assert span is not None
        assert json.loads(text[span[0] : span[1]]) == leaf


@settings(max_examples=300, deadline=None)
@given(value=VALUES, flow=st.booleans())
def test_every_yaml_value_is_found(value: object, flow: bool) -> None:
    text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=flow, width=10_000)
    lines = text.encode().split(b"\n")

    for path, leaf in leaves(value):
        place = yaml_documents.find(text.encode(), path)

        assert place is not None
        line, column, length = place
        shown = lines[line].decode()[column : column + length]
        if isinstance(leaf, bool | int | str) or leaf is None:
            assert yaml.safe_load(shown) == leaf


@settings(max_examples=100, deadline=None)
@given(number=st.integers(0, 8), style=st.sampled_from(["json", "json-lines", "yaml", "yaml-documents"]))
def test_an_object_of_a_list_is_found(number: int, style: str) -> None:
    objects = [
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": f"account-{index}", "namespace": "namespace-1"},
        }
        for index in range(9)
    ]
    listing = {"apiVersion": "v1", "items": objects, "kind": "List"}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "dump"
        if style == "json":
            path.write_text(json.dumps(listing, indent=4))
        elif style == "json-lines":
            path.write_text("".join(json.dumps(item) + "\n" for item in objects))
        elif style == "yaml":
            path.write_text(yaml.safe_dump(listing))
        else:
            path.write_text("# a comment\n" + "---\n".join(yaml.safe_dump(item) for item in objects))
        snapshot, places = read_dumps([str(path)])
        account = next(
            item
            for item in snapshot.kubernetes.all_of("ServiceAccount")
            if item.value.metadata.name == f"account-{number}"
        )

        found = places.find(account.source.at("metadata", "name"))

        assert found is not None
        assert f"account-{number}" in found.text
        assert path.read_text().splitlines()[found.line - 1] == found.text
        start = found.text.find(f"account-{number}")
        assert found.column - 1 in (start, start - 1)


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    path = tmp_path / "dump"
    path.write_text('{"Role": {"Arn": "x", "RoleName": "r", "AssumeRolePolicyDocument": {}}}')
    _, places = read_dumps([str(path)])

    assert places.find(Source(str(path), 0, ("Role", "Nothing"))) is None
    assert places.find(Source(str(path), 0, ("Role", "Arn", "deeper"))) is None
    assert places.find(Source(str(path), 7, ("Role",))) is None
    assert places.find(Source("elsewhere", 0, ("Role",))) is None
