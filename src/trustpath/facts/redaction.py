"""Pseudonyms for accounts, ARNs and names, so that a snapshot can be shown to strangers and still gives its answers.

A word becomes another one of the same length and the same kinds of characters. What a character becomes depends on
those before it in its word and on a key: equal words stay equal, other words stay others, and words that start alike
still do, so that patterns of policies match what they matched. The key is made of all that is saved, which nobody else
has.

Words that the rules themselves know stay, those of Kubernetes, AWS and public programs: without them nothing could be
decided. They tell nothing of whose cluster it is.
"""

import ast
import hashlib
import hmac
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import structs

from trustpath.facts.collected import GROUPS, Collected
from trustpath.facts.snapshot_file import lines, save
from trustpath.model.kubernetes_facts import RESOURCES
from trustpath.model.saved import Header

_WORD = re.compile(r"[A-Za-z0-9]+")
_STAYS = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*)"
    r"|(?P<region>(?<![A-Za-z0-9-])(?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-gov|-iso[a-z]?)?-[a-z]+-\d(?![A-Za-z0-9]))"
    r"|(?P<managed>(?<=::aws:)[\w+=,.@/-]+)"
    r"|(?P<service>(?<=arn:aws:)[a-z0-9-]+(?=:))"
)
_SAID = re.compile(r"(?P<quoted>\"[^\"]*\"|'[^']*'|`[^`]*`|\barn:\S+|\b\d{12}\b|(?<=\bUser: )\S+)|" + _WORD.pattern)
_SHORT = 2
_LONG_NUMBER = 8

# Fields whose values say what something is, and not whose.
_KINDS_OF = frozenset(
    {
        "Action",
        "AddonVersion",
        "Effect",
        "HttpTokens",
        "KeyManager",
        "KeyState",
        "NotAction",
        "action",
        "apiGroup",
        "apiGroups",
        "apiVersion",
        "authenticationMode",
        "effect",
        "failurePolicy",
        "fieldsV1",
        "kind",
        "operation",
        "operations",
        "operator",
        "phase",
        "platformVersion",
        "protocol",
        "record",
        "resources",
        "scope",
        "status",
        "time",
        "type",
        "verbs",
        "version",
    }
)
_SENTENCES = frozenset({"said", "problem"})
_FREE = frozenset({"annotations", "labels", "matchLabels", "nodeSelector"})
"""Fields whose keys are anybody's words."""
_ROOMS = ("causes", "engine", "model", "paths", "scan")


class Pseudonyms:
    """One consistent set of pseudonyms."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._replaced: set[str] = set()
        self.word = cache(self._word)

    def _word(self, word: str) -> str:
        if len(word) <= _SHORT or word.lower() in _words() or (word.isdigit() and len(word) <= _LONG_NUMBER):
            return word
        self._replaced.add(word)
        return self._other(word)

    def _other(self, word: str) -> str:
        made = []
        for index, character in enumerate(word):
            prefix = word[:index].lower().encode()
            shift = int.from_bytes(hmac.digest(self._key, prefix, "sha256")[:4], "big")
            if character.isdigit():
                made.append(chr((ord(character) - ord("0") + 1 + shift % 9) % 10 + ord("0")))
            else:
                first = ord("a") if character.islower() else ord("A")
                made.append(chr((ord(character) - first + 1 + shift % 25) % 26 + first))
        return "".join(made)

    def text(self, text: str) -> str:
        """Return a text with every word that is not Kubernetes' or AWS's own replaced."""
        parts = []
        end = 0
        for match in _STAYS.finditer(text):
            parts += [self._words_of(text[end : match.start()]), match[0]]
            end = match.end()
        return "".join((*parts, self._words_of(text[end:])))

    def _words_of(self, text: str) -> str:
        return _WORD.sub(self._replacement, text)

    def _replacement(self, match: re.Match[str]) -> str:
        # A pattern has to match the pseudonyms of what it matched, and of a short word they are longer ones'.
        is_pattern = match.string[match.end() : match.end() + 1] in ("*", "?")
        short = len(match[0]) <= _SHORT and not match[0].isdigit()
        return self._other(match[0]) if is_pattern and short else self.word(match[0])

    def sentence(self, text: str) -> str:
        """Return a message with what it quotes, and whatever is a name elsewhere, replaced.

        All that is no message has to have been replaced before.
        """
        return _SAID.sub(
            lambda match: self.text(match[0]) if match["quoted"] or match[0] in self._replaced else match[0], text
        )

    def records(self, records: list[bytes]) -> list[bytes]:
        """Return records with everything replaced, sorted. The messages come last: names in them stand elsewhere."""
        values = [self.value(msgspec.json.decode(record)) for record in records]
        return sorted(msgspec.json.encode(self._sentences(value), order="deterministic") for value in values)

    def _sentences(self, value: Any, key: str = "") -> Any:
        if isinstance(value, str):
            return self.sentence(value) if key in _SENTENCES else value
        if isinstance(value, dict):
            return {k: self._sentences(child, k) for k, child in value.items()}
        return [self._sentences(child, key) for child in value] if isinstance(value, list) else value

    def value(self, value: Any, key: str = "") -> Any:
        """Return a JSON value with the texts in it replaced that are no messages, and the keys that are names."""
        if isinstance(value, str):
            return value if key in _KINDS_OF | _SENTENCES else self.text(value)
        if isinstance(value, dict) and key in _FREE:
            return {self.text(k): self.value(child) for k, child in value.items()}
        if isinstance(value, dict):
            return {self.text(k) if _is_named(k) else k: self.value(child, k) for k, child in value.items()}
        if isinstance(value, list) and key == "parameters":
            return [[name, self.text(text)] for name, text in value]
        if isinstance(value, list):
            return [self.value(child, key) for child in value]
        return value


def _is_named(key: str) -> bool:
    """Return whether a key is no field's name: issuers, labels and files have marks in them."""
    return not key.replace("_", "").isalnum()


@cache
def _words() -> frozenset[str]:
    """Return the words that stay: those that the engines, the model and the paths know by name.

    They are read from their own string literals, so that a rule that learns a new word keeps it here, too.
    """
    words = {word.lower() for text in (*RESOURCES.values(), *GROUPS.values()) for word in _WORD.findall(text)}
    for room in _ROOMS:
        for file in sorted((Path(__file__).parent.parent / room).rglob("*.py")):
            for text in _literals(ast.parse(file.read_text(encoding="utf-8"))):
                words.update(word.lower() for word in _WORD.findall(text))
    return frozenset(words)


def _literals(tree: ast.Module) -> Iterator[str]:
    """Yield the string literals of a module that are no documentation."""
    documentation = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value


def write_redacted(path: Path, header: Header, collected: Collected) -> Pseudonyms:
    """Write a snapshot with pseudonyms, and return them. Raises InputError where it cannot be written."""
    records = lines(collected)
    pseudonyms = Pseudonyms(hashlib.sha256(b"\n".join(records)).digest())
    told = {name: pseudonyms.text(getattr(header, name)) for name in ("context", "server", "namespace", "cluster_name")}
    shown = structs.replace(header, **told, caller=pseudonyms.text(header.caller), redacted=True)
    save(path, [msgspec.json.encode(shown), *pseudonyms.records(records)])
    return pseudonyms
