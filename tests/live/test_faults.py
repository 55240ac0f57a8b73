"""An API server that fails in every way: a right answer or an honest one, in time, and never a traceback."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.run import Result, run
from tests.live.cluster import Answer, Call, FakeCluster, kubeconfig, serving, status
from tests.live.questions import objects_of
from tests.test_field_cases import FOLDER, question
from trustpath.facts.live.connection import Options, connect
from trustpath.facts.live.deadline import Deadline, ExpiredError, in_parallel
from trustpath.facts.live.kubernetes_api import ApiError, KubernetesApi
from trustpath.model.reads import KubernetesRead

NAME = "020-cluster-autoscaler-irsa-example"
ASKED = question(NAME)


@pytest.fixture(autouse=True)
def _no_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("trustpath.facts.live.kubernetes_api.REQUEST_SECONDS", 1.0)
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)


def ask(tmp_path: Path, refuse: Callable[[Call], Answer | bytes | None], *more: str) -> tuple[Result, FakeCluster]:
    with serving(FakeCluster(objects_of(FOLDER / NAME / "snapshot"), refuse=refuse)) as cluster:
        file = kubeconfig(tmp_path, cluster.url, namespace=ASKED.namespace)
        found = run("why", f"pod/{ASKED.name}", "--kubeconfig", str(file), "--timeout", "20", *more)
    assert "Traceback" not in found.err + found.out
    return found, cluster


def first_times(number: int, answer: Answer | bytes) -> Callable[[Call], Answer | bytes | None]:
    """Fail so many times, then work."""
    left = [number]

    def refuse(call: Call) -> Answer | bytes | None:
        left[0] -= 1
        return answer if left[0] >= 0 else None

    return refuse


def test_the_namespace_is_the_contexts(tmp_path: Path) -> None:
    found, cluster = ask(tmp_path, lambda call: None)
    assert any(f"/namespaces/{ASKED.namespace}/pods/" in call.path for call in cluster.calls)
    assert found.err.startswith("reading context prod, http://127.0.0.1:")
    assert "ok       workload" in found.out


@pytest.mark.parametrize(
    "answer",
    [(429, status(429, "slow down")), (500, status(500, "etcd is away")), (503, status(503, "starting")), b""],
    ids=["429", "500", "503", "cut"],
)
def test_what_passes_is_tried_again(answer: Answer | bytes, tmp_path: Path) -> None:
    found, _ = ask(tmp_path, first_times(2, answer))
    assert found.code == 3  # without credentials nothing is known of AWS
    assert "ok       workload" in found.out
    assert "ok       service-account" in found.out


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((500, status(500, "etcd is away")), "the API server answered 500: etcd is away"),
        ((403, status(403, 'pods "x" is forbidden: User "jane" cannot get')), "was refused (get pods in default)"),
        ((401, status(401, "Unauthorized")), "does not accept these credentials (401 Unauthorized)"),
        (b"", "the connection to the API server was cut"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{", "the connection to the API server was cut"),
        ((200, "no object"), "a Pod is not valid"),
        ((302, {}), "the API server answered 302"),
    ],
    ids=["500", "403", "401", "cut", "half", "garbage", "redirect"],
)
def test_what_stays_is_said(answer: Answer | bytes, said: str, tmp_path: Path) -> None:
    found, _ = ask(tmp_path, lambda call: answer)
    assert found.code == 3
    assert said in " ".join(found.out.split())


def test_an_absent_pod_is_an_error_of_the_question(tmp_path: Path) -> None:
    with serving(FakeCluster(objects_of(FOLDER / NAME / "snapshot"))) as cluster:
        file = kubeconfig(tmp_path, cluster.url, namespace=ASKED.namespace)
        found = run("why", "pod/cluster-autoscaler", "--kubeconfig", str(file))
    assert (found.code, found.out) == (2, "")
    assert f"error: no Pod cluster-autoscaler in namespace {ASKED.namespace}\n" in found.err
    assert f"this namespace has {ASKED.name}" in found.err


def test_a_server_that_stalls_ends_with_the_deadline(tmp_path: Path) -> None:
    def stall(call: Call) -> None:
        time.sleep(8)

    with serving(FakeCluster([], refuse=stall)) as cluster:
        file = kubeconfig(tmp_path, cluster.url)
        start = time.monotonic()
        found = run("why", "pod/web", "-n", "shop", "--kubeconfig", str(file), "--timeout", "2")
        took = time.monotonic() - start
    assert found.code == 3
    assert took < 5
    assert "no answer within 2 s" in found.out or "did not answer in time" in found.out


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    file = kubeconfig(tmp_path, "http://127.0.0.1:9")
    found = run("why", "pod/web", "-n", "shop", "--kubeconfig", str(file), "--timeout", "5")
    assert found.code == 3
    assert "cannot be reached" in found.out
    assert "Traceback" not in found.err


def pods(count: int) -> list[dict[str, object]]:
    return [
        {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": f"p-{n}", "namespace": "shop"}, "spec": {}}
        for n in range(count)
    ]


def read_all(tmp_path: Path, cluster: FakeCluster) -> list[str]:
    api = KubernetesApi(connect(Options(str(kubeconfig(tmp_path, cluster.url))), Deadline(20)), Deadline(20))
    return [json.loads(bytes(item))["metadata"]["name"] for item in api.read(KubernetesRead("Pod"))]


def test_lists_come_page_by_page(tmp_path: Path) -> None:
    with serving(FakeCluster(pods(1201))) as cluster:
        found = read_all(tmp_path, cluster)
    assert found == [f"p-{n}" for n in range(1201)]
    assert [call.query.get("continue", "") for call in cluster.calls] == ["", "500", "1000"]


@pytest.mark.parametrize(("times", "pages"), [(1, 4), (99, 5)])
def test_a_list_that_expires_is_read_again(times: int, pages: int, tmp_path: Path) -> None:
    left = [times]

    def expire(call: Call) -> Answer | None:
        if "continue" not in call.query or left[0] <= 0:
            return None
        left[0] -= 1
        return 410, status(410, "The provided continue parameter is too old")

    with serving(FakeCluster(pods(600), refuse=expire)) as cluster:
        found = read_all(tmp_path, cluster)
    assert len(found) == len(set(found)) == 600
    assert len(cluster.calls) == pages


def test_work_beyond_the_deadline_is_left_behind() -> None:
    def wait(seconds: float) -> str:
        time.sleep(seconds)
        return "done"

    start = time.monotonic()
    outcomes = in_parallel([0.0, 5.0], wait, Deadline(0.5))
    assert time.monotonic() - start < 2
    assert outcomes[0].result == "done"
    assert isinstance(outcomes[1].error, ExpiredError)


@pytest.mark.parametrize(
    "answer",
    [(404, {"error": "cluster c-x2 not found"}), (200, {"error": "upstream unavailable"})],
    ids=["404 of a gateway", "200 of a gateway"],
)
def test_the_word_of_a_gateway_proves_nothing(answer: Answer, tmp_path: Path) -> None:
    with serving(FakeCluster([], refuse=lambda call: answer)) as cluster:
        file = str(kubeconfig(tmp_path, cluster.url))
        found = run("why", "sa/pay:app", "list", "pods", "-n", "pay", "--kubeconfig", file)
    assert found.code == 3
    assert "does not exist" not in found.out


def test_a_deadline_that_is_over_finds_nothing_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Deadline, "left", property(lambda self: 0.0))
    with serving(FakeCluster([])) as cluster:
        found = run("scan", "--kubeconfig", str(kubeconfig(tmp_path, cluster.url)))
    assert found.code == 3
    assert "no answer within" in found.out
    assert cluster.calls == []


def test_a_probe_runs_in_the_namespace_of_its_account(tmp_path: Path) -> None:
    account = {"kind": "ServiceAccount", "apiVersion": "v1", "metadata": {"name": "checkout", "namespace": "payments"}}
    with serving(FakeCluster([account])) as cluster:
        file = str(kubeconfig(tmp_path, cluster.url))
        found = run("probe", "sa/payments:checkout", "--dry-run", "--kubeconfig", file)
    assert "namespace: payments" in found.out


def test_pods_that_may_not_be_listed_are_not_taken_for_none(tmp_path: Path) -> None:
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"serviceAccountName": "web", "containers": [{"name": "a"}]},
    }
    spec = {"selector": {"matchLabels": {"app": "web"}}, "template": template}
    meta = {"name": "web", "namespace": "shop"}
    objects = [
        {"kind": "Deployment", "apiVersion": "apps/v1", "metadata": meta, "spec": spec},
        {"kind": "ServiceAccount", "apiVersion": "v1", "metadata": meta},
    ]

    def refuse(call: Call) -> Answer | None:
        return (403, status(403, "pods is forbidden")) if call.path.endswith("/pods") else None

    with serving(FakeCluster(objects, refuse=refuse)) as cluster:
        file = str(kubeconfig(tmp_path, cluster.url))
        for words in ("deploy/web", "sa/web"):
            found = run("why", words, "-n", "shop", "--kubeconfig", file)
            assert found.code in (1, 3)
            assert "no pod" not in found.out.partition("service-account")[0]
            assert "unknown  workload" in found.out


def test_a_neighbour_is_advised_only_where_no_pod_runs_as_it(tmp_path: Path) -> None:
    role = {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/other"}
    objects = [
        *({"kind": "ServiceAccount", "apiVersion": "v1", "metadata": {"name": name, "namespace": "shop", **more}}
          for name, more in (("cart", {}), ("orders", {"annotations": role}))),
        *({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name, "namespace": "shop"},
           "spec": {"serviceAccountName": name, "containers": [{"name": "a"}]}} for name in ("cart", "orders")),
    ]  # fmt: skip
    with serving(FakeCluster(objects)) as cluster:
        found = run("why", "pod/cart", "-n", "shop", "--kubeconfig", str(kubeconfig(tmp_path, cluster.url)))
    assert "pod-uses-other-service-account" not in found.out


def test_a_body_that_drips_ends_in_time(tmp_path: Path) -> None:
    """Each byte comes long before a timeout of the connection, and the whole would take minutes."""
    over = threading.Event()

    def drip(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not over.wait(0.05):
                connection.sendall(b" ")

    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    threading.Thread(target=drip, args=(connection,), daemon=True).start()

        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        deadline = Deadline(2)
        api = KubernetesApi(connect(Options(str(kubeconfig(tmp_path, url))), deadline), deadline, 0.3)
        start = time.monotonic()
        with pytest.raises(ApiError, match=r"did not end within|no answer within"):
            api.request("GET", "version")
        over.set()
        server.shutdown(socket.SHUT_RDWR)
        serving.join(2)
    assert time.monotonic() - start < 4


def test_a_server_that_takes_no_credentials_says_so_once(tmp_path: Path) -> None:
    with serving(FakeCluster([], refuse=lambda call: (401, status(401, "Unauthorized")))) as cluster:
        file = kubeconfig(tmp_path, cluster.url)
        found = run("scan", "--kubeconfig", str(file), "--timeout", "10")
    assert found.code == 3
    assert " ".join(found.out.split()).count("does not accept these credentials (401 Unauthorized)") == 2
    assert len(found.out.splitlines()) < 25


def test_answers_without_a_place_for_it_tell_on_stderr_what_failed(tmp_path: Path) -> None:
    with serving(FakeCluster([], refuse=lambda call: (500, status(500, "etcd is away")))) as cluster:
        file = kubeconfig(tmp_path, cluster.url)
        found = run("who-can", "list", "pods", "-o", "json", "--kubeconfig", str(file), "--timeout", "10")
    assert found.code == 3
    assert json.loads(found.out)["missing"]
    assert "etcd is away" in found.err


RBAC = [
    {"kind": "ClusterRole", "apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "view"},
     "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}]},
    {"kind": "RoleBinding", "apiVersion": "rbac.authorization.k8s.io/v1",
     "metadata": {"name": "jane", "namespace": "shop"},
     "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
     "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "jane"}]},
]  # fmt: skip
MESSAGE = 'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "shop"'


def test_a_message_alone_asks_the_cluster_that_is_named(tmp_path: Path) -> None:
    with serving(FakeCluster([*RBAC])) as cluster:
        file = str(kubeconfig(tmp_path, cluster.url))
        found = run("why", "--error", MESSAGE, "--kubeconfig", file)
        assert found.code == 0, found.out + found.err
        assert "rolebindings" in " ".join(call.path for call in cluster.calls)
        cluster.calls.clear()
        run("why", "--error", MESSAGE)
        assert cluster.calls == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("who-can", "lst", "pods"), "`lst` is no verb that is known; did you mean list?"),
        (("who-can", "get", "pods"), ""),
        (("who-can", "impersonate", "users"), ""),
        (("who-can", "watch", "/metrics"), "`watch` is no verb that is known"),
        (("why", "user/jane", "craete", "pods"), "`craete` is no verb that is known; did you mean create?"),
        (("why", "sa/web", "-n", "shop", "s3:GetObjct"), "no action `s3:GetObjct`"),
        (("why", "sa/web", "-n", "shop", "s4:GetObject"), "no service `s4`"),
        (("why", "sa/web", "-n", "shop", "s3:GetObject"), ""),
    ],
)
def test_words_that_nobody_knows_are_told(words: tuple[str, ...], told: str, tmp_path: Path) -> None:
    (tmp_path / "rbac.json").write_text(json.dumps({"kind": "List", "apiVersion": "v1", "items": RBAC}))
    found = run(*words, "--from", str(tmp_path / "rbac.json"))
    assert ("warning:" in found.err) == bool(told)
    assert told in found.err
