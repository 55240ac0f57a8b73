"""Saved snapshots: the same answers, the same bytes, no secrets, whole or not at all."""

import fnmatch
import gzip
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.cli.run import run
from tests.live.questions import Asked, ask_live
from tests.test_cluster_cases import CASES as CLUSTER_CASES
from tests.test_cluster_cases import FOLDER as CLUSTER_FOLDER
from tests.test_cluster_cases import question as cluster_question
from tests.test_field_cases import CASES, FOLDER, question
from trustpath.answer import answer
from trustpath.errors import InputError
from trustpath.facts import kubernetes, snapshot_file
from trustpath.facts.collected import Collected
from trustpath.facts.dumps import read_dumps
from trustpath.facts.redaction import Pseudonyms, write_redacted
from trustpath.facts.snapshot_diff import compare
from trustpath.model.answers import Answers, Located
from trustpath.model.client import CredentialPlugin, Kubeconfig
from trustpath.model.question import KubernetesRequest, Message, PodToAws, PrincipalToCluster, Question
from trustpath.model.reads import AwsRead, KubernetesRead, ReadResult
from trustpath.model.saved import Header
from trustpath.model.source import Source
from trustpath.model.trace import Trace
from trustpath.paths import follow_question

HEADER = Header(snapshot_file.VERSION, "0.0", "2026-03-02T09:00:00Z", "prod")
ALL = [
    *((FOLDER / name / "snapshot", question(name)) for name in sorted(CASES)),
    *((CLUSTER_FOLDER / name / "snapshot", cluster_question(name)) for name in sorted(CLUSTER_CASES)),
]
NAMES = [folder.parent.name for folder, _ in ALL]


def ask_file(file: Path, asked: Question) -> Trace:
    snapshot, places = read_dumps([str(file)])
    return answer(follow_question(snapshot, asked), places)


def named(asked: Question, live: Asked) -> Question:
    assert not isinstance(asked, Message)
    return msgspec.structs.replace(asked, cluster=live.account.cluster_name)


@pytest.mark.parametrize(("folder", "asked"), ALL, ids=NAMES)
def test_a_saved_snapshot_gives_the_same_answer(folder: Path, asked: Question, tmp_path: Path) -> None:
    live = ask_live(folder, asked, tmp_path)
    file = tmp_path / "saved.trustpath"
    snapshot_file.write(file, HEADER, live.reader)

    assert ask_file(file, named(asked, live)) == live.trace


def hidden(asked: Question, pseudonyms: Pseudonyms) -> Question:
    """Return the question about the same things under their pseudonyms."""
    name = pseudonyms.text
    replace = msgspec.structs.replace
    match asked:
        case PodToAws():
            resource = name(asked.resource)
            return replace(asked, namespace=name(asked.namespace), name=name(asked.name),
                           container=name(asked.container), resource=resource, cluster=name(asked.cluster))  # fmt: skip
        case KubernetesRequest() | PrincipalToCluster():
            request = asked.request
            if request is not None:
                request = replace(request, namespace=name(request.namespace), name=name(request.name))
            if isinstance(asked, PrincipalToCluster):
                arn = name(asked.principal_arn)
                return replace(asked, principal_arn=arn, request=request, cluster=name(asked.cluster))
            groups = tuple(map(name, asked.groups))
            assert request is not None
            return replace(asked, user=name(asked.user), groups=groups, request=request, cluster=name(asked.cluster))
    raise AssertionError(asked)


@pytest.mark.parametrize(("folder", "asked"), ALL, ids=NAMES)
def test_pseudonyms_keep_the_answer_and_hide_the_names(folder: Path, asked: Question, tmp_path: Path) -> None:
    live = ask_live(folder, asked, tmp_path)
    file = tmp_path / "hidden.trustpath"
    pseudonyms = write_redacted(file, HEADER, live.reader)

    trace = ask_file(file, hidden(named(asked, live), pseudonyms))

    told = live.trace
    assert (trace.outcome, [cause.id for cause in trace.causes]) == (told.outcome, [cause.id for cause in told.causes])
    text = gzip.decompress(file.read_bytes()).decode()
    account = live.reader.answers.callers[0].value.account
    assert account not in text
    if isinstance(asked, PodToAws):
        assert asked.name not in text or pseudonyms.text(asked.name) == asked.name  # a public program's name


def test_equal_facts_make_equal_files(tmp_path: Path) -> None:
    files = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        live = ask_live(FOLDER / NAMES[0] / "snapshot", question(NAMES[0]), tmp_path / name)
        live.reader.answers.kubeconfigs.clear()  # the port of the server differs
        files.append(tmp_path / name / "file")
        snapshot_file.write(files[-1], HEADER, live.reader)

    assert files[0].read_bytes() == files[1].read_bytes()


SECRETS = {
    "token": "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlLW9mLWEtY2FuYXJ5LXRva2Vu",
    "password": "canary-hunter2-passphrase",
    "key": "wJalrXUtnFEMIK7MDENGbPxRfiCYCANARYEXAMPLEKEY",
    "id": "AKIACANARY0000EXAMPL",
    "data": "Y2FuYXJ5LWluLWEtc2VjcmV0",
}


def canaries() -> Collected:
    """Return objects with a secret in every place where people put them."""
    meta = {"name": "leaky", "namespace": "shop", "annotations": {"kubectl.kubernetes.io/last-applied": SECRETS["key"]}}
    container = {
        "name": "app",
        "command": ["run", f"--password={SECRETS['password']}"],
        "args": [f"--token={SECRETS['token']}"],
        "env": [
            {"name": "DB_PASSWORD", "value": SECRETS["password"]},
            {"name": "AWS_SECRET_ACCESS_KEY", "value": SECRETS["key"]},
            {"name": "AWS_ACCESS_KEY_ID", "value": SECRETS["id"]},
            {"name": "AWS_ENDPOINT_URL", "value": f"https://me:{SECRETS['password']}@proxy.test"},
        ],
    }
    collected = Collected(Answers())
    add: list[tuple[str, dict[str, Any]]] = [
        ("Pod", {"metadata": meta, "spec": {"containers": [container]}}),
        ("Secret", {"metadata": meta, "type": "Opaque", "data": {"password": SECRETS["data"]}}),
        ("ConfigMap", {"metadata": meta, "data": {"config": SECRETS["password"]}}),
    ]
    for kind, value in add:
        collected.add_object(kind, json.dumps(value).encode())
    collected.add_result(KubernetesRead("Node"), ReadResult("failed", "it broke"))
    read = AwsRead("iam:GetRole", (("RoleName", "r"),))
    statement = {"Sid": SECRETS["id"], "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
    role = {"Arn": "arn:aws:iam::111122223333:role/r", "RoleName": "r", "Description": SECRETS["token"],
            "AssumeRolePolicyDocument": {"Statement": [statement]}}  # fmt: skip
    collected.add_answer(read, json.dumps({"Role": role}).encode())
    return collected


def test_no_secret_is_saved(tmp_path: Path) -> None:
    file = tmp_path / "file"
    snapshot_file.write(file, HEADER, canaries())
    text = gzip.decompress(file.read_bytes()).decode()

    assert '"leaky"' in text
    for what, secret in SECRETS.items():
        assert secret not in text, what


def test_blacking_out_leaves_json(tmp_path: Path) -> None:
    collected = canaries()
    pod = {"metadata": {"name": "two", "namespace": "shop"}, "spec": {"containers": [
        {"name": "a", "env": [{"name": "AWS_ENDPOINT_URL_STS", "value": "https://sts.eu-west-1.amazonaws.com"}]},
        {"name": "b", "image": "busybox@sha256:0011"}]}}  # fmt: skip
    collected.add_object("Pod", json.dumps(pod).encode())
    role = {"Arn": "arn:aws:iam::111122223333:role/s", "RoleName": "s", "Description": "started with --token=FROM_SSM"}
    collected.add_answer(AwsRead("iam:GetRole", (("RoleName", "s"),)), json.dumps({"Role": role}).encode())
    snapshot_file.write(tmp_path / "file", HEADER, collected)
    read = Collected(Answers())
    snapshot_file.read("file", (tmp_path / "file").read_bytes(), read)
    assert len(read.objects) == len(collected.objects)
    assert "FROM_SSM" not in gzip.decompress((tmp_path / "file").read_bytes()).decode()


def test_a_kubeconfig_is_saved_without_its_secrets(tmp_path: Path) -> None:
    words = ("get-token", "--oidc-client-secret=canary-1", "--password", "canary-2", "--cluster-name", "prod")
    plugin = CredentialPlugin("v1", "kubelogin", words, {})
    kubeconfig = Kubeconfig("prod", True, "https://admin:canary-3@h.test", "", plugin, False, False)
    collected = canaries()
    collected.answers.kubeconfigs.append(Located(kubeconfig, Source("config")))
    snapshot_file.write(tmp_path / "file", HEADER, collected)
    text = gzip.decompress((tmp_path / "file").read_bytes()).decode()
    assert "canary-" not in text
    read = Collected(Answers())
    snapshot_file.read("file", (tmp_path / "file").read_bytes(), read)
    saved = read.answers.kubeconfigs[0].value
    assert saved.plugin is not None
    assert (saved.plugin.cluster_name, saved.server) == ("prod", "https://h.test")


def test_an_interrupted_save_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(gzip.GzipFile, "write", interrupt)
    with pytest.raises(KeyboardInterrupt):
        snapshot_file.write(tmp_path / "file", HEADER, canaries())

    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or directory"):
        snapshot_file.write(tmp_path / "missing" / "file", HEADER, canaries())


def saved(tmp_path: Path) -> bytes:
    snapshot_file.write(tmp_path / "good", HEADER, canaries())
    return (tmp_path / "good").read_bytes()


def test_damaged_files(tmp_path: Path) -> None:
    good = saved(tmp_path)
    header, *records = gzip.decompress(good).splitlines(keepends=True)
    newer = header.replace(b'"version":1', b'"version":2')
    for number, (content, problem) in enumerate((
        (good[: len(good) // 2], "damaged or cut off"),
        (gzip.compress(b"hello\n"), "binary, not text"),
        (gzip.compress(b'{"trustpath":"snapshot"}'), "the first line of the snapshot is damaged"),
        (gzip.compress(header + b'{"record":"object","kind":"Pod"}\n'), "line 2 of the snapshot is damaged"),
        (gzip.compress(header + b'{"record":"object","kind":"Gadget","object":{}}\n'), "line 2 of the snapshot"),
        (gzip.compress(header + b'{"record":"object","kind":"Pod","object":{"metadata":7}}\n'), "a Pod is not valid"),
        (gzip.compress(header + b'{"record":"object","kind":"Pod","object":"\xff"}\n'), "line 2 of the snapshot"),
        (gzip.compress(newer + b"".join(records)), "a snapshot of form 2"),
    )):  # fmt: skip
        file = tmp_path / f"bad-{number}"
        file.write_bytes(content)
        result = run("why", "pod/leaky", "-n", "shop", "--from", str(file))
        assert result.code == 2
        assert problem in result.err
        assert "Traceback" not in result.err


def test_show_and_diff(tmp_path: Path) -> None:
    saved(tmp_path)
    shown = run("snapshot", "show", str(tmp_path / "good"))
    assert shown.code == 0
    assert "1 Pod" in shown.out
    assert "kubectl get nodes -A" not in shown.out
    assert "it broke" in shown.out

    changed = canaries()
    changed.documents.clear()
    role = {"RoleName": "r", "Arn": "arn:aws:iam::111122223333:role/r", "AssumeRolePolicyDocument": {"Statement": []}}
    changed.add_answer(AwsRead("iam:GetRole", (("RoleName", "r"),)), json.dumps({"Role": role}).encode())
    snapshot_file.write(tmp_path / "after", HEADER, changed)
    difference = run("snapshot", "diff", str(tmp_path / "good"), str(tmp_path / "after"))
    assert difference.code == 1
    assert "~ aws iam get-role --role-name r" in difference.out
    assert "/Role/AssumeRolePolicyDocument/Statement" in difference.out
    assert run("snapshot", "diff", str(tmp_path / "good"), str(tmp_path / "good")).code == 0


def test_a_file_that_is_no_snapshot(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    result = run("snapshot", "show", str(tmp_path / "text"))
    assert (result.code, result.out) == (2, "")
    assert "no snapshot" in result.err


def gather(*reads: tuple[KubernetesRead | AwsRead, ReadResult], names: tuple[str, ...] = ()) -> Collected:
    """Return roles of these names in namespace shop, a role of AWS where it was read, and how reads went."""
    collected = Collected(Answers())
    for name in names:
        collected.add_object("Role", json.dumps({"metadata": {"name": name, "namespace": "shop"}}).encode())
    for read, result in reads:
        collected.add_result(read, result)
        if isinstance(read, AwsRead) and result.status == "read":
            collected.add_answer(read, b'{"Role": {"Arn": "arn:aws:iam::111122223333:role/r", "RoleName": "r"}}')
    return collected


READ, ABSENT, REFUSED = ReadResult("read"), ReadResult("absent", "x"), ReadResult("denied", "x")
IN_SHOP, EVERYWHERE = KubernetesRead("Role", "shop"), KubernetesRead("Role")
OF_AWS = AwsRead("iam:GetRole", (("RoleName", "r"),))


@pytest.mark.parametrize(
    ("before", "after", "changes", "unread"),
    [
        (gather((IN_SHOP, READ), names=("a",)), gather((IN_SHOP, READ)), ["gone"], 0),
        (gather((IN_SHOP, READ), names=("a",)), gather((EVERYWHERE, READ)), ["gone"], 0),
        (gather((IN_SHOP, READ), names=("a",)), gather((IN_SHOP, REFUSED)), [], 1),
        (gather((IN_SHOP, READ), names=("a",)), gather((KubernetesRead("Role", "other"), READ)), [], 0),
        (gather((IN_SHOP, READ), names=("a",)), gather((KubernetesRead("RoleBinding", "shop"), READ)), [], 0),
        (gather((IN_SHOP, READ)), gather((IN_SHOP, READ), names=("a",)), ["new"], 0),
        (gather((OF_AWS, READ)), gather((OF_AWS, REFUSED)), [], 1),
        (gather((OF_AWS, READ)), gather((OF_AWS, ABSENT)), ["gone"], 0),
        (gather((OF_AWS, REFUSED)), gather((OF_AWS, READ)), [], 1),
        (gather(), gather((OF_AWS, READ)), [], 0),
    ],
)
def test_what_was_refused_or_not_asked_is_not_gone(
    before: Collected, after: Collected, changes: list[str], unread: int
) -> None:
    found = compare(before, after)
    assert [change.kind for change in found.changes] == changes
    assert len(found.unread) == unread


def test_pseudonyms_of_what_looks_like_a_word_of_the_rules(tmp_path: Path) -> None:
    collected = Collected(Answers())
    labels = {"type": "initech", "version": "initech-7", "initechteam": "x", "kubernetes.io/bootstrapping": "rbac"}
    metadata = {"name": "orders", "namespace": "shop", "labels": labels, "annotations": {"effect": "Initrode"}}
    collected.add_object("ServiceAccount", json.dumps({"metadata": metadata}).encode())
    collected.add_result(KubernetesRead("ServiceAccount"), READ)
    named = AwsRead("iam:GetRole", (("RoleName", "tps-reports"),))
    said = "An error occurred (NoSuchEntity) when calling the GetRole operation: The role with name tps-reports cannot"
    collected.add_result(named, ReadResult("absent", said))
    listed = AwsRead("iam:ListOpenIDConnectProviders")
    collected.add_result(
        listed, ReadResult("denied", "User: arn:aws:iam::111122223333:user/lumbergh is not authorized")
    )
    file = tmp_path / "hidden"
    pseudonyms = write_redacted(file, HEADER, collected)

    text = gzip.decompress(file.read_bytes()).decode()
    for name in ("initech", "Initrode", "tps", "reports", "lumbergh", "111122223333"):
        assert name not in text, name
    assert "kubernetes.io/bootstrapping" in text
    read_again = Collected(Answers())
    snapshot_file.read("hidden", file.read_bytes(), read_again)
    assert listed in read_again.answers.reads
    result = read_again.answers.reads[AwsRead("iam:GetRole", (("RoleName", pseudonyms.text("tps-reports")),))]
    assert f"The role with name {pseudonyms.text('tps-reports')} cannot" in result.said
    assert "An error occurred (NoSuchEntity) when calling the GetRole operation" in result.said


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("payments-*", "payments-api"), ("z*", "zulu"), ("xy?", "xyz"), ("*-checkout", "eu-checkout"), ("p*", "prod")],
)
def test_patterns_match_the_pseudonyms_of_what_they_match(pattern: str, text: str) -> None:
    pseudonyms = Pseudonyms(b"key")
    assert fnmatch.fnmatchcase(pseudonyms.text(text), pseudonyms.text(pattern))


def test_what_is_not_kept_of_a_workflow_leaves_valid_json() -> None:
    """An emptied part is left out: written as nothing at all it damaged the whole snapshot."""
    template = {
        "name": "main",
        "steps": [[{"name": "a", "template": "b"}]],
        "inputs": {"parameters": [{"name": "p", "value": "x", "default": "y"}]},
        "outputs": {"artifacts": [{"name": "a", "git": {"repo": "https://example.com/a"}, "http": {"url": "x"}}]},
    }
    text = msgspec.json.encode({"metadata": {"name": "w"}, "spec": {"templates": [template, {"dag": {"tasks": []}}]}})

    first = kubernetes.decode("Workflow", text)

    assert kubernetes.decode("Workflow", msgspec.json.encode(first)) == first
