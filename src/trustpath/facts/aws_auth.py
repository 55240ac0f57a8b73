"""Reads the texts of an ``aws-auth`` ConfigMap with the eyes of the authenticator (eks-identity 1.5).

It turns ``mapRoles`` and ``mapUsers`` from YAML into JSON and decodes that as Go does: names of fields
ignore case, a value of another type is skipped and the rest is kept.
"""

from collections.abc import Callable
from collections.abc import Mapping as Dict

from trustpath.facts.yaml_documents import YamlError, load_documents, scalar_texts
from trustpath.model.aws_auth import AwsAuth, AwsAuthKey, Mapping, UnusableValue

_NOTHING = frozenset({"", "``", '""', "''"})

_Note = Callable[[str, str], None]


def read_aws_auth(data: Dict[str, str]) -> AwsAuth:
    """Return the mappings that the values of the ConfigMap hold. Other keys are not read (C1)."""
    unusable: list[UnusableValue] = []
    return AwsAuth(
        _mappings(data, "mapRoles", "rolearn", unusable),
        _mappings(data, "mapUsers", "userarn", unusable),
        _accounts(data, unusable),
        tuple(unusable),
    )


def _text(data: Dict[str, str], key: AwsAuthKey) -> bytes | None:
    text = data.get(key, "")
    return None if text.strip() in _NOTHING else text.encode(errors="surrogatepass")


def _mappings(data: Dict[str, str], key: AwsAuthKey, arn: str, unusable: list[UnusableValue]) -> tuple[Mapping, ...]:
    text = _text(data, key)
    if text is None:
        return ()
    try:
        # Documents after the first are not read.
        document = next(load_documents(text), None)
    except YamlError as error:
        unusable.append(UnusableValue(key, None, None, error.problem, error.line))
        return ()
    entries = document.value if document else None
    if not isinstance(entries, list):
        if entries is not None:
            unusable.append(UnusableValue(key, None, None, "the value is no list"))
        return ()

    def entry(index: int, value: object) -> Mapping | None:
        def note(field: str, problem: str) -> None:
            unusable.append(UnusableValue(key, index, field, problem))

        if not isinstance(value, dict):
            unusable.append(UnusableValue(key, index, None, "the entry is no mapping"))
            return None
        return _mapping(value, arn, index, note)

    found = (entry(index, value) for index, value in enumerate(entries))
    return tuple(mapping for mapping in found if mapping is not None)


def _mapping(value: dict[str, object], arn: str, index: int, note: _Note) -> Mapping:
    texts = {arn: "", "username": ""}
    arn_key = next((name for name in value if name), "")
    groups: list[str] = []
    # Of two spellings of one name the last in this order counts: JSON made from YAML has its keys sorted.
    for name in sorted(value, key=str.encode):
        field, content = name.casefold(), value[name]
        arn_key = name if field == arn else arn_key
        if field == "groups":
            groups = _groups(content, groups, note)
        elif field in texts:
            if isinstance(content, str):
                texts[field] = content
            elif content is not None:
                note(field, "the value is no text")
    return Mapping(texts[arn], texts["username"], tuple(groups), index, arn_key)


def _groups(content: object, before: list[str], note: _Note) -> list[str]:
    """Return the groups; an item that is no text leaves what stood in its place, else an empty one (C5)."""
    if content is None:
        return []
    if not isinstance(content, list):
        note("groups", "the value is no list")
        return before
    found = []
    for position, item in enumerate(content):
        if isinstance(item, str):
            found.append(item)
            continue
        if item is not None:
            note("groups", "an item of the list is no text")
        found.append(before[position] if position < len(before) else "")
    return found


def _accounts(data: Dict[str, str], unusable: list[UnusableValue]) -> tuple[str, ...]:
    text = _text(data, "mapAccounts")
    if text is None:
        return ()
    try:
        accounts = scalar_texts(text)
    except YamlError as error:
        unusable.append(UnusableValue("mapAccounts", None, None, error.problem, error.line))
        return ()
    if accounts is None:
        unusable.append(UnusableValue("mapAccounts", None, None, "the value is no list"))
        return ()
    return tuple(accounts)
