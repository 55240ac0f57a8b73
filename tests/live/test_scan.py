"""A scan: one finding for what is alike, every kind of subject, the formats, baselines, and exit codes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal
from xml.etree import ElementTree as Xml

import jsonschema
import msgspec
import pytest
import yaml

from tests.cli.run import run
from tests.live.account import DumpedAccount
from tests.live.cluster import Answer, Call, FakeCluster, kubeconfig, serving, status
from tests.paths.dumps import ISSUER, PROVIDER
from trustpath.errors import QuestionError
from trustpath.facts import snapshot_file
from trustpath.facts.live.aws_api import CallError
from trustpath.facts.live.connection import Options, connect
from trustpath.facts.live.deadline import Deadline
from trustpath.facts.live.kubernetes_api import KubernetesApi
from trustpath.facts.live.permissions import COMMANDS
from trustpath.facts.live.reader import LiveReader
from trustpath.facts.redaction import write_redacted
from trustpath.model.kubernetes import LabelSelector
from trustpath.model.reads import AwsRead, KubernetesRead
from trustpath.model.saved import Header
from trustpath.model.scan import Finding, ScanReport
from trustpath.scan import Scan
from trustpath.scan.scope import Scope

SARIF = json.loads((Path(__file__).parent.parent / "render" / "sarif-schema-2.1.0.json").read_text())
ACCOUNT = "111122223333"
TOKEN_FILE = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"  # a path


def arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def meta(name: str, namespace: str = "shop", **more: Any) -> dict[str, Any]:
    return {"name": name, "namespace": namespace, **more}


def account(name: str, role: str = "", namespace: str = "shop") -> dict[str, Any]:
    annotations = {"eks.amazonaws.com/role-arn": arn(role)} if role else {}
    return {"kind": "ServiceAccount", "apiVersion": "v1", "metadata": meta(name, namespace, annotations=annotations)}


def pod(name: str, of: str, replica_set: str, role: str = "", labels: dict[str, str] | None = None) -> dict[str, Any]:
    owner = [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": replica_set, "uid": "1", "controller": True}]
    container: dict[str, Any] = {"name": "app", "image": "app:1"}
    volumes = []
    if role:
        container["env"] = [
            {"name": "AWS_ROLE_ARN", "value": arn(role)},
            {"name": "AWS_WEB_IDENTITY_TOKEN_FILE", "value": TOKEN_FILE},
        ]
        container["volumeMounts"] = [{"name": "aws-iam-token", "mountPath": TOKEN_FILE.rpartition("/")[0]}]
        token = {"serviceAccountToken": {"audience": "sts.amazonaws.com", "path": "token", "expirationSeconds": 86400}}
        volumes = [{"name": "aws-iam-token", "projected": {"sources": [token]}}]
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": meta(name, ownerReferences=owner, labels={"pod-template-hash": "7d9", **(labels or {})},
                         creationTimestamp="2026-03-02T09:00:00Z"),
        "spec": {"serviceAccountName": of, "containers": [container], "volumes": volumes, "nodeName": "n1"},
    }  # fmt: skip


def role(name: str, *subjects: str) -> dict[str, Any]:
    condition = {"StringEquals": {f"{ISSUER}:sub": list(subjects), f"{ISSUER}:aud": "sts.amazonaws.com"}}
    statement = {"Effect": "Allow", "Principal": {"Federated": PROVIDER}, "Action": "sts:AssumeRoleWithWebIdentity"}
    return {
        "Arn": arn(name),
        "RoleName": name,
        "Path": "/",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{**statement, "Condition": condition}]},
        "RolePolicyList": [],
        "AttachedManagedPolicies": [],
        "Tags": [],
    }


def binding(name: str, reference: str, *accounts: str, kind: str = "RoleBinding") -> dict[str, Any]:
    subjects = [{"kind": "ServiceAccount", "name": item, "namespace": "shop"} for item in accounts]
    return {
        "kind": kind,
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "metadata": meta(name) if kind == "RoleBinding" else {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": reference},
        "subjects": subjects,
    }


def named(kind: str, name: str, group: str = "v1", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "apiVersion": group, "metadata": {"name": name}, **more}


SUBJECT = "system:serviceaccount:shop:"
RBAC = "rbac.authorization.k8s.io/v1"
HEALTHY = yaml.safe_load_all((Path(__file__).parent.parent / "causes" / "healthy.yaml").read_text(encoding="utf-8"))
WEBHOOK = next(item for item in HEALTHY if item and item.get("kind") == "MutatingWebhookConfiguration")
OBJECTS = [
    WEBHOOK,
    named("Namespace", "shop"),
    named("Node", "n1", status={"nodeInfo": {"kubeletVersion": "v1.35.1"}}),
    named("ClusterRole", "view", RBAC, rules=[]),
    account("default"),
    account("good", "good"),
    account("wrong", "wrong"),
    account("idle", "idle"),
    account("plain"),
    *(pod(f"web-7d9-{n}", "wrong", "web-7d9", "wrong", {"app": "web"}) for n in range(50)),
    *(pod(f"ok-7d9-{n}", "good", "ok-7d9", "good") for n in range(3)),
    *(pod(f"plain-7d9-{n}", "plain", "plain-7d9") for n in range(5)),
    binding("fine", "view", "good"),
    binding("no-role", "viewer", "good"),
    binding("nobody", "view", "gone"),
    {**binding("stock", "view", "controller"), "metadata": meta("stock", labels={"kubernetes.io/bootstrapping": "x"})},
]
DETAILS = {
    "RoleDetailList": [
        role("good", f"{SUBJECT}good"),
        role("wrong", f"{SUBJECT}right"),
        role("idle", f"{SUBJECT}idle"),
    ],
    "UserDetailList": [],
    "GroupDetailList": [],
    "Policies": [],
    "IsTruncated": False,
}
CLUSTER = {"name": "prod", "arn": f"arn:aws:eks:eu-west-1:{ACCOUNT}:cluster/prod", "version": "1.35",
           "identity": {"oidc": {"issuer": f"https://{ISSUER}"}}}  # fmt: skip
FILES = {
    "eks-describe-cluster": {"cluster": CLUSTER},
    "eks-list-pod-identity-associations": {"associations": []},
    "sts-get-caller-identity": {"UserId": "x", "Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/operator"},
    "iam-get-account-authorization-details": DETAILS,
    "iam-list-open-id-connect-providers": {"OpenIDConnectProviderList": [{"Arn": PROVIDER}]},
    "iam-get-open-id-connect-provider.1": {"Url": ISSUER, "ClientIDList": ["sts.amazonaws.com"], "ThumbprintList": []},
}


def live(
    tmp_path: Path,
    scope: Scope,
    refuse: Callable[[Call], Answer | None] = lambda call: None,
    refuse_aws: Callable[[AwsRead], CallError | None] = lambda read: None,
    objects: list[Any] = OBJECTS,
) -> tuple[ScanReport, LiveReader, FakeCluster]:
    folder = tmp_path / "aws"
    folder.mkdir(exist_ok=True)
    for name, document in FILES.items():
        (folder / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    with serving(FakeCluster(objects, issuer=f"https://{ISSUER}", refuse=refuse)) as cluster:
        deadline = Deadline(30)
        api = KubernetesApi(connect(Options(str(kubeconfig(tmp_path, cluster.url))), deadline), deadline)
        account = DumpedAccount(folder)
        account.refuse = refuse_aws
        reader = LiveReader(api, account, deadline, COMMANDS["scan"])
        return reader.answer(Scan(scope).ask), reader, cluster


def by_subject(report: ScanReport) -> dict[str, Finding]:
    return {finding.subject: finding for finding in report.findings}


def test_everything_at_once(tmp_path: Path) -> None:
    report, _, cluster = live(tmp_path, Scope(cluster="prod"))

    found = by_subject(report)
    assert {subject: (finding.level, finding.id) for subject, finding in found.items()} == {
        "deployment/web -n shop": ("error", "trust-sub-service-account-mismatch"),
        "rolebinding/no-role -n shop": ("warning", "rbac-roleref-missing"),
        "rolebinding/nobody -n shop for shop/gone": ("warning", "serviceaccount-missing"),
        "role/wrong for shop/right": ("warning", "service-account-missing"),
    }
    web = found["deployment/web -n shop"]
    assert len(web.subjects) == 50
    assert (web.confidence, web.expected) == ("certain", f"{SUBJECT}wrong")
    assert (report.counts.asked, report.counts.allowed, report.counts.denied) == (3, 2, 1)
    assert report.counts.pods == 58
    assert len(cluster.calls) <= 20


def test_one_namespace_and_selectors(tmp_path: Path) -> None:
    report, _, cluster = live(tmp_path, Scope("shop", cluster="prod"))
    assert "role/wrong for shop/right" not in by_subject(report)
    assert all("/namespaces/shop/" in call.path for call in cluster.calls if call.path.endswith("/pods"))
    report, _, _ = live(tmp_path, Scope("", LabelSelector({"app": "web"}), "prod"))
    assert [finding.subject for finding in report.findings] == ["deployment/web -n shop"]
    with pytest.raises(QuestionError, match="no namespace shopp") as error:
        live(tmp_path, Scope("shopp", cluster="prod"))
    assert error.value.hint == "did you mean shop?"


def test_a_namespace_that_no_file_names(saved: str) -> None:
    found = run("scan", "-n", "other", "--from", saved)
    assert (found.code, found.out) == (2, "")
    assert "no namespace other" in found.err
    assert "there are shop" in found.err


@pytest.mark.parametrize("kind", ["denied", "failed"])
@pytest.mark.parametrize(
    ("actions", "told"),
    [
        (("eks:ListAccessEntries",), "what eks:ListAccessEntries shows"),
        (("eks:ListPodIdentityAssociations",), "what eks:ListPodIdentityAssociations shows"),
        (("iam:GetAccountAuthorizationDetails", "iam:ListRoles"), "what iam:ListRoles shows"),
        (("iam:GetAccountAuthorizationDetails",), ""),
    ],
)
def test_what_aws_does_not_list_is_unknown(
    kind: Literal["denied", "failed"], actions: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    def refuse(read: AwsRead) -> CallError | None:
        return CallError(kind, "An error occurred (Trouble)") if read.action in actions else None

    report, _, _ = live(tmp_path, Scope(cluster="prod"), refuse_aws=refuse)
    assert [item.subject for item in report.undecided if item.subject.startswith("what ")] == [told] * bool(told)


def test_without_the_clusters_name_its_lists_are_unknown(tmp_path: Path) -> None:
    def refuse(read: AwsRead) -> CallError | None:
        return CallError("denied", "no") if read.operation == "DescribeCluster" else None

    report, _, _ = live(tmp_path, Scope(), refuse_aws=refuse)
    assert report.undecided[-1].why == "which EKS cluster it is is not known"


def test_a_list_with_an_object_that_nobody_understands_is_not_whole(tmp_path: Path) -> None:
    broken = {"kind": "ServiceAccount", "apiVersion": "v1", "metadata": {**meta("strange"), "annotations": "none"}}
    report, reader, _ = live(tmp_path, Scope(cluster="prod"), objects=[*OBJECTS, broken])
    assert not any(finding.id in ("serviceaccount-missing", "service-account-missing") for finding in report.findings)
    assert reader.answers.reads[KubernetesRead("ServiceAccount")].status == "failed"
    assert any("a ServiceAccount is not valid" in item.problem for item in report.left_out)
    (unlisted,) = [item for item in report.undecided if item.subject == "serviceaccounts"]
    assert "a ServiceAccount is not valid" in unlisted.why


def test_labels_that_no_pod_has(saved: str) -> None:
    found = run("scan", "-l", "app=wbe", "--from", saved)
    assert found.code == 0
    assert "warning: no pod has the labels app=wbe" in found.err


def test_lists_that_are_refused_are_not_taken_for_empty(tmp_path: Path) -> None:
    def refuse(call: Call) -> Answer | None:
        said = 'serviceaccounts is forbidden: User "jane" cannot list resource "serviceaccounts"'
        return (403, status(403, said)) if call.path.endswith("/serviceaccounts") else None

    report, _, _ = live(tmp_path, Scope(cluster="prod"), refuse)
    refused = [item for item in report.undecided if item.needs and item.needs[0].permission == "list serviceaccounts"]
    assert len(refused) == 1
    assert not any(finding.id.endswith("serviceaccount-missing") for finding in report.findings)
    assert not any(finding.id == "service-account-missing" for finding in report.findings)


def test_fingerprints_do_not_depend_on_pods(tmp_path: Path) -> None:
    report, _, _ = live(tmp_path, Scope(cluster="prod"))
    before = OBJECTS[:]
    try:
        OBJECTS[:] = [item for item in OBJECTS if item["metadata"]["name"] not in {f"web-7d9-{n}" for n in range(40)}]
        again, _, _ = live(tmp_path, Scope(cluster="prod"))
    finally:
        OBJECTS[:] = before
    assert {item.fingerprint for item in report.findings} == {item.fingerprint for item in again.findings}


@pytest.fixture
def saved(tmp_path: Path) -> str:
    _, reader, _ = live(tmp_path, Scope(cluster="prod"))
    file = tmp_path / "cluster.trustpath"
    snapshot_file.write(file, Header(1, "0", "2026-03-02T09:00:00Z"), reader)
    return str(file)


def test_a_redacted_scan_finds_the_same(tmp_path: Path) -> None:
    told, reader, _ = live(tmp_path, Scope(cluster="prod"))
    file = tmp_path / "hidden.trustpath"
    write_redacted(file, Header(1, "0", "2026-03-02T09:00:00Z"), reader)
    found = json.loads(run("scan", "--from", str(file), "-o", "json").out)
    assert sorted(item["id"] for item in found["findings"]) == sorted(item.id for item in told.findings)
    assert found["counts"] == msgspec.to_builtins(told.counts)


def test_text(saved: str) -> None:
    found = run("scan", "--from", saved)
    assert found.code == 1
    assert "error[trust-sub-service-account-mismatch]" in found.out
    assert "deployment/web -n shop (50 pods):" in " ".join(found.out.split())
    assert found.out.endswith(
        "1 error, 3 warnings; 3 asked in all namespaces: 2 allowed, 1 denied, 0 unknown; 58 pods\n"
    )
    assert found.err == ""


def test_sarif_is_valid_and_every_result_stands_in_a_file(saved: str) -> None:
    found = run("scan", "--from", saved, "-o", "sarif")
    assert found.code == 1
    log = json.loads(found.out)
    jsonschema.validate(log, SARIF)
    results = log["runs"][0]["results"]
    assert len(results) == 4
    for result in results:
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert result["partialFingerprints"]["trustpath/v1"]
    assert results[0]["codeFlows"][0]["threadFlows"][0]["locations"]


def test_junit_and_markdown(saved: str) -> None:
    suite = Xml.fromstring(run("scan", "--from", saved, "-o", "junit").out)[0]  # noqa: S314  # our own
    assert suite.attrib["failures"] == "1"
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert "expected: system:serviceaccount:shop:wrong" in (failure.text or "")
    page = run("scan", "--from", saved, "-o", "markdown").out
    assert "**1 errors, 3 warnings**" in page
    assert "| error | [trust-sub-service-account-mismatch](" in page


def test_baseline_only_and_skip(saved: str, tmp_path: Path) -> None:
    baseline = str(tmp_path / "known.json")
    assert run("scan", "--from", saved, "--write-baseline", baseline).code == 1
    again = run("scan", "--from", saved, "--baseline", baseline, "--fail-on", "warning")
    assert again.code == 0
    assert "0 errors, 0 warnings (4 known)" in again.out
    run("scan", "--from", saved, "--baseline", baseline, "--write-baseline", baseline)
    assert "(4 known)" in run("scan", "--from", saved, "--baseline", baseline).out
    only = run("scan", "--from", saved, "--only", "rbac-roleref-missing", "-o", "json")
    assert only.code == 0
    assert [item["id"] for item in json.loads(only.out)["findings"]] == ["rbac-roleref-missing"]
    skip = run("scan", "--from", saved, "--skip", "trust-sub-service-account-mismatch", "--fail-on", "warning")
    assert skip.code == 1
    assert run("scan", "--from", saved, "--fail-on", "never").code == 0


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--only", "trust-sub"), "no cause trust-sub"),
        (("-n", "a", "-A"), "-n and -A exclude each other"),
        (("-l", "a=b=c"), "is no label selector"),
        (("--baseline", "missing.json"), "no such file"),
    ],
)
def test_wrong_use(words: tuple[str, ...], problem: str, saved: str) -> None:
    found = run("scan", "--from", saved, *words)
    assert (found.code, found.out) == (2, "")
    assert problem in found.err


@pytest.mark.parametrize(
    ("text", "pods"),
    [("app=web", 1), ("app==web", 1), ("app!=web", 1), ("app in (web,db)", 1), ("app notin (web)", 1), ("!app", 1),
     ("app", 1), ("app=db", 0)],
)  # fmt: skip
def test_label_selectors(text: str, pods: int, saved: str) -> None:
    report = json.loads(run("scan", "--from", saved, "-l", text, "-o", "json").out)
    assert report["counts"]["asked"] == pods
