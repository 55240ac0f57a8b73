"""aws-auth is written in a way that the authenticator cannot use, and the entry is lost with it.

What: reads the ConfigMap as the authenticator does and takes what it skips.
Why it denies: a YAML error loses the whole list, a misspelled key the entry; neither is refused when it is written.
Not a problem when: the principal has another entry that is sound.
"""

import re
from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.model.aws_auth import UnusableValue
from trustpath.model.source import Source
from trustpath.paths.aws_auth_facts import AwsAuthFacts
from trustpath.paths.links import Finding
from trustpath.paths.principal_to_cluster.entries import ENTRY, NOT_MAPPED, aws_auth_entries, own_name
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk

_KEYS = ("mapRoles", "mapUsers", "mapAccounts")


@cause("mapping", when_unknown=True)
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold for what is lost, where it names the principal or may name it."""
    config = walk.aws_auth
    if config is None or walk.mode == "API":
        return
    found = [*_spelled_keys(walk, config), *_data_keys(walk, config), *_unusable(walk, config)]
    if not found:
        found = [*_elsewhere(walk, config)]
    yield from found[:1]


def _diagnosis(walk: PrincipalWalk, title: str, note: str, place: Finding, wanted: str, *, sure: bool) -> Diagnosis:
    return Diagnosis(
        confidence="certain" if sure else "likely",
        title=title,
        explanation=note,
        evidence=(place,),
        expected=wanted,
        got=place.value,
        symptom=NOT_MAPPED,
        help=(
            f"correct it: an entry is rolearn (or userarn) {walk.principal.arn}, username, groups",
            "kubectl edit configmap aws-auth -n kube-system",
        ),
        rank=ENTRY,
    )


def _spelled_keys(walk: PrincipalWalk, config: AwsAuthFacts) -> Iterator[Diagnosis]:
    """C1: today's authenticator ignores the case of these names, an old one does not."""
    for key, mapping in aws_auth_entries(config):
        plain = "rolearn" if key == "mapRoles" else "userarn"
        if walk.old_authenticator and mapping.arn_key != plain and mapping.arn.lower() == walk.principal.arn.lower():
            version = walk.cluster.value.version if walk.cluster else ""
            yield _diagnosis(
                walk,
                f"aws-auth writes `{mapping.arn_key}`, and a cluster of version {version} reads `{plain}` only",
                "Old authenticators compare these names with their case, and drop an entry without the field.",
                Finding(
                    config.place(key, mapping.index, mapping.arn_key), mapping.arn_key, f"expected {plain}", key=True
                ),
                plain,
                sure=False,
            )


def _data_keys(walk: PrincipalWalk, config: AwsAuthFacts) -> Iterator[Diagnosis]:
    for name in (*config.texts, *config.not_texts):
        meant = next((key for key in _KEYS if key.lower() == name.replace("_", "").lower() and key != name), None)
        named = _names(walk, config.texts.get(name, ""))
        if meant is not None and (meant not in config.texts or named):
            yield _diagnosis(
                walk,
                f"aws-auth has the key `{name}`, the authenticator reads `{meant}` only",
                "Other keys of the ConfigMap are ignored without a word.",
                Finding(config.source.at("data", name), name, f"expected {meant}", key=True),
                meant,
                sure=named,
            )
    for name in config.not_texts:
        if name in _KEYS:
            yield _diagnosis(
                walk,
                f"the value of `{name}` in aws-auth is not a text",
                "It has to be a text that holds YAML: write | behind the key. The API server refuses it as it is.",
                Finding(config.source.at("data", name), name, "expected a text", key=True),
                f"{name}: |",
                sure=True,
            )


def _unusable(walk: PrincipalWalk, config: AwsAuthFacts) -> Iterator[Diagnosis]:
    own_list = "mapUsers" if walk.principal.type == "user" else "mapRoles"
    for item in config.unusable:
        text = config.texts.get(item.key, "")
        if item.field is not None or (item.key != own_list and not _names(walk, text)):
            continue
        whole = item.index is None
        what = f"all of `{item.key}`" if whole else f"entry {(item.index or 0) + 1} of `{item.key}`"
        yield _diagnosis(
            walk,
            f"{what} in aws-auth is lost: {item.problem}",
            "A YAML error loses every entry of the list, the nodes' too."
            if whole
            else "An entry is a mapping with rolearn or userarn, username and groups.",
            Finding(_place(config, item), item.key, "cannot be read", key=whole),
            "a list of mappings",
            sure=_names(walk, text),
        )


def _elsewhere(walk: PrincipalWalk, config: AwsAuthFacts) -> Iterator[Diagnosis]:
    """The principal's ARN stands in the text, and in no entry that counts."""
    for key in ("mapRoles", "mapUsers"):
        entries = config.roles if key == "mapRoles" else config.users
        text = config.texts.get(key, "")
        known = any(mapping.arn.strip().lower() == walk.principal.arn.lower() for mapping in entries)
        if not _names(walk, text) or known:
            continue
        field = "rolearn" if key == "mapRoles" else "userarn"
        empty = next((mapping for mapping in entries if not mapping.arn), None)
        found = empty.arn_key if empty else key
        place = config.place(key, empty.index, found) if empty else config.source.at("data", key)
        yield _diagnosis(
            walk,
            f"`{key}` in aws-auth names `{own_name(walk)}` without the field `{field}`",
            f"An entry of {key} counts only with the field {field}.",
            Finding(place, found, f"expected {field}", key=True),
            field,
            sure=True,
        )


def _names(walk: PrincipalWalk, text: str) -> bool:
    """Return whether a text has the principal's ARN, whole, and not in a comment or behind the first document."""
    first = re.split(r"(?m)^---", text.removeprefix("---"))[0]
    text = re.sub(r"(?m)(?:^|\s)#.*$", "", first)
    start = text.lower().find(walk.principal.arn.lower())
    after = text[start + len(walk.principal.arn) :][:1] if start >= 0 else ""
    return start >= 0 and not (after.isalnum() or (after in "-_+=,.@/" and after))


def _place(config: AwsAuthFacts, item: UnusableValue) -> Source:
    return config.source.at("data", item.key) if item.index is None else config.place(item.key, item.index)
