"""Asks a question of a dump as if it were a running cluster and account."""

import json
from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec import Struct

from tests.live.account import DumpedAccount
from tests.live.cluster import FakeCluster, kubeconfig, serving
from trustpath.answer import answer
from trustpath.engine.messages.symptom import read_symptom
from trustpath.facts.live.connection import Options, connect
from trustpath.facts.live.deadline import Deadline
from trustpath.facts.live.kubernetes_api import KubernetesApi
from trustpath.facts.live.permissions import COMMANDS, Needs
from trustpath.facts.live.reader import LiveReader
from trustpath.facts.positions import Places
from trustpath.model.question import Message, Question
from trustpath.model.snapshot import Snapshot
from trustpath.model.trace import Trace
from trustpath.paths import follow_question
from trustpath.paths.links import MESSAGE


class Asked(Struct):
    """An answer and what it took."""

    trace: Trace
    reader: LiveReader
    cluster: FakeCluster
    account: DumpedAccount


def objects_of(folder: Path) -> list[dict[str, Any]]:
    """Return the Kubernetes objects of a dump."""
    found: list[dict[str, Any]] = []
    for path in sorted(folder.rglob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            found += document["items"] if (document or {}).get("kind") == "List" else [document]
    return [item for item in json.loads(json.dumps(found, default=str)) if item and "kind" in item]


def ask_live(
    folder: Path, question: Question, temporary: Path, symptom: str = "", needs: Needs = COMMANDS["why"]
) -> Asked:
    """Serve a dump and ask."""
    account = DumpedAccount(folder)
    if not isinstance(question, Message):
        question = msgspec.structs.replace(question, cluster=account.cluster_name)
    message = read_symptom(symptom) if symptom else None

    def ask(snapshot: Snapshot, places: Places) -> Trace:
        told = places.beside(MESSAGE, symptom) if symptom else places
        return answer(follow_question(snapshot, question, message), told)

    logs = {path.stem: path.read_text(encoding="utf-8") for path in folder.rglob("*.log")}
    with serving(FakeCluster(objects_of(folder), issuer=account.issuer, logs=logs)) as cluster:
        deadline = Deadline(30)
        api = KubernetesApi(connect(Options(str(kubeconfig(temporary, cluster.url))), deadline), deadline)
        reader = LiveReader(api, account, deadline, needs)
        return Asked(reader.answer(ask), reader, cluster, account)
