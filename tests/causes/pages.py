"""Reads the pages of the causes: the user's text, which is the test as well."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import yaml
from msgspec import Struct

from trustpath.answer import answer
from trustpath.causes.catalogue import catalogue
from trustpath.cli.kubernetes_requests import is_cluster_question, parse_cluster_question
from trustpath.cli.why import parse_question
from trustpath.facts.dumps import read_dumps
from trustpath.model.question import ArgoSignIn, Question, WorkflowRun
from trustpath.model.snapshot import Snapshot
from trustpath.model.trace import Trace
from trustpath.paths import follow_question
from trustpath.paths.argo_sign_in.walk import Walk as ArgoWalk
from trustpath.paths.kubernetes_request import LINKS
from trustpath.paths.links import Walk
from trustpath.paths.pod_to_aws.walk import Walk as PodWalk
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk
from trustpath.paths.workflow_run.walk import WorkflowWalk
from trustpath.render.terminal import Terminal
from trustpath.render.text import render

FOLDER = Path(__file__).parent
POD = (FOLDER / "healthy.yaml").read_text(encoding="utf-8")
POD_IDENTITY = (FOLDER / "healthy_pod_identity.yaml").read_text(encoding="utf-8")
CLUSTER = (FOLDER / "healthy_cluster.yaml").read_text(encoding="utf-8")
KEY = "5d0f1c3a-8a63-4c42-9d55-1b7a1f6e2c90"
ARGO = (FOLDER / "healthy_argo.yaml").read_text(encoding="utf-8")
WORKFLOW = (FOLDER / "healthy_workflow.yaml").read_text(encoding="utf-8")
WORKFLOW_QUESTION = "run report team-a"
ARGO_QUESTION = "sign-in argo dev@example.com developers"
POD_QUESTION = "pod/checkout-5f7c9d-x2x4z -n payments"
ACCOUNT_QUESTION = "sa/payments:checkout list pods -n payments"
PRINCIPAL_QUESTION = "arn:aws:sts::111122223333:assumed-role/ci/build-7 list pods -n payments"
_BLOCK = re.compile(r"^```(?P<language>\w+) (?P<role>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_DIRECTIVE = re.compile(r"^# (?P<word>without|question|log|object|healthy|kms): (?P<value>.*)$", re.MULTILINE)


class Block(Struct):
    """A fenced block of a page with the role that its info string names."""

    role: str
    text: str
    start: int
    end: int


def blocks(page: str) -> list[Block]:
    return [Block(m["role"], m["text"], m.start("text"), m.end("text")) for m in _BLOCK.finditer(page)]


def block(page: str, role: str) -> Block | None:
    return next((item for item in blocks(page) if item.role == role), None)


def apply_diff(text: str, diff: str) -> str:
    """Apply a page's diff: each run of ``-`` lines stands in the text and becomes the ``+`` lines after it."""
    for old, new in _hunks(diff):
        assert old in text, f"the diff removes lines that are not in the facts:\n{old}"
        text = text.replace(old, new, 1)
    return text


def _hunks(diff: str) -> Iterator[tuple[str, str]]:
    old: list[str] = []
    new: list[str] = []
    for line in [*diff.splitlines(), ""]:
        if line.startswith("-") and not new:
            old.append(line[1:])
        elif line.startswith("+"):
            new.append(line[1:])
        else:
            if old or new:
                yield "".join(f"{text}\n" for text in old), "".join(f"{text}\n" for text in new)
            old, new = ([line[1:]] if line.startswith("-") else []), []


def _identity(document: str) -> str:
    value = yaml.safe_load(document)
    if not isinstance(value, dict):
        return ""
    if "kind" in value:
        metadata = value.get("metadata", {})
        return "/".join([value["kind"], metadata.get("namespace", ""), metadata.get("name", "")])
    key = next(iter(value))
    return f"{key}/{value[key].get('Arn', '') if key == 'Role' else ''}"


def setting(identifier: str) -> tuple[str, str]:
    """Return the healthy facts and the question of a cause's page, by the kind of walk that the cause takes."""
    entries = [entry for entry in catalogue() if entry.id == identifier]
    if entries[0].walk is PodWalk:
        return POD, POD_QUESTION
    if entries[0].walk is WorkflowWalk:
        return WORKFLOW, WORKFLOW_QUESTION
    if entries[0].walk is ArgoWalk:
        return ARGO, ARGO_QUESTION
    for_account = entries[0].walk is not PrincipalWalk and entries[0].link in {step.id for step in LINKS}
    return CLUSTER, ACCOUNT_QUESTION if for_account else PRINCIPAL_QUESTION


def facts(text: str, healthy: str = POD) -> str:
    """Return the healthy facts with the objects of a page in their place."""
    return "---\n".join(documents(text, healthy))


def documents(text: str, healthy: str = POD) -> list[str]:
    """Return the documents of the facts: those of a page, and those of the healthy facts that it leaves as they are."""
    if any((m["word"], m["value"]) == ("healthy", "pod-identity") for m in _DIRECTIVE.finditer(text)):
        healthy = POD_IDENTITY
    without = [m["value"] for m in _DIRECTIVE.finditer(text) if m["word"] == "without"]
    own = {_identity(part) for part in text.split("---\n")}
    kept = [
        part
        for part in healthy.split("---\n")
        if _identity(part) not in own and _identity(part).partition("/")[0] not in without
    ]
    return [*text.split("---\n"), *kept]


def ask(text: str, folder: Path, healthy: str = POD, question: str = POD_QUESTION) -> tuple[Trace, str]:
    """Ask a page's question of a page's facts. Return the answer and its text."""
    folder = folder / "dump"
    trace = _ask(text, facts(text, healthy), folder, question)
    shown = render(trace, Terminal(color=False, width=100, unicode=True))
    return trace, shown.replace(f"{folder}/", "")


def ask_documents(text: str, parts: list[str], folder: Path, question: str = POD_QUESTION) -> Trace:
    """Ask a page's question of some of its documents."""
    return _ask(text, "---\n".join(parts), folder, question)


def _ask(text: str, whole: str, folder: Path, question: str) -> Trace:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "facts.yaml").write_text(whole, encoding="utf-8")
    for directive in _DIRECTIVE.finditer(text):
        if directive["word"] == "log":
            name, _, line = directive["value"].partition(": ")
            (folder / name).write_text(line + "\n", encoding="utf-8")
        elif directive["word"] == "kms":
            # The answer of get-key-policy names its key by the file alone.
            statement = {
                "Effect": "Allow",
                "Principal": {"AWS": directive["value"]},
                "Action": "kms:*",
                "Resource": "*",
            }
            policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            (folder / f"kms-get-key-policy.{KEY}.json").write_text(json.dumps({"Policy": policy}), encoding="utf-8")
    asked = next((m["value"] for m in _DIRECTIVE.finditer(text) if m["word"] == "question"), question)
    snapshot, places = read_dumps([str(folder)])
    assert not snapshot.left_out, snapshot.left_out
    written = next((m["value"] for m in _DIRECTIVE.finditer(text) if m["word"] == "object"), "")
    return answer(walk(snapshot, asked, written), places)


def walk(snapshot: Snapshot, question: str, role: str = "") -> Walk:
    """Follow a question as it is typed. ``role`` is the name of the Role that the request writes, if it does."""
    words = question.split()
    if words[0] == "run":
        return follow_question(snapshot, WorkflowRun("Workflow", words[2], words[1]))
    if words[0] == "sign-in":
        return follow_question(snapshot, ArgoSignIn(words[1], {"email": words[2], "groups": words[3:]}))
    namespace, groups, everywhere = "payments", [], "-A" in words
    words = [word for word in words if word != "-A"]
    while "--group" in words:
        at = words.index("--group")
        groups.append(words[at + 1])
        del words[at : at + 2]
    if "-n" in words:
        at = words.index("-n")
        namespace = words[at + 1]
        del words[at : at + 2]
    parsed: Question
    if is_cluster_question(tuple(words)):
        parsed = parse_cluster_question(tuple(words), namespace, tuple(groups), "", snapshot, all_namespaces=everywhere)
    else:
        parsed = parse_question(tuple(words), namespace, "", "")
    written = next((item for item in snapshot.kubernetes.all_of("Role") if item.value.metadata.name == role), None)
    return follow_question(snapshot, parsed, None, ("Role", written) if written else None)


def diagnostic(shown: str) -> str:
    """Return the part of a text answer that a page shows: the first cause with its first snippet."""
    lines = shown.splitlines()
    start = next(index for index, line in enumerate(lines) if re.match(r"(error|likely|possible)\[", line))
    end = start + 1
    while end < len(lines) and lines[end].startswith(" ") and not lines[end].lstrip().startswith((":::", "=")):
        end += 1
    return "\n".join(lines[start:end]) + "\n"
