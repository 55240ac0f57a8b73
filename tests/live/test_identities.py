"""Tokens signed in memory: what goes to the API server, and how its answers are told apart."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
from moto.server import ThreadedMotoServer

from tests.cli.run import Result, run
from tests.live.cluster import Answer, Call, FakeCluster, kubeconfig, serving, status

ROLE = "arn:aws:iam::123456789012:role/tfc-agent"
OWN = "arn:aws:iam::123456789012:role/laptop"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    urlopen(f"http://{host}:{port}/moto-api/reset", data=b"").close()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, endpoint: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-secret-key")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("AWS_PROFILE", raising=False)


def caller_of(call: Call) -> str:
    """Return the access key's id that signed the token of a call."""
    token = call.headers["Authorization"].removeprefix("Bearer k8s-aws-v1.")
    url = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    query = parse_qs(urlsplit(url).query)
    assert query["Action"] == ["GetCallerIdentity"]
    assert "x-k8s-aws-id" in query["X-Amz-SignedHeaders"][0]
    assert query["X-Amz-Expires"] == ["60"]
    return query["X-Amz-Credential"][0].partition("/")[0]


def ask(tmp_path: Path, refuse: Callable[[Call], Answer | bytes | None], *words: str) -> tuple[Result, FakeCluster]:
    user: dict[str, Any] = {"username": "laptop", "groups": ["system:authenticated", "developers"]}
    reviews = {
        "SelfSubjectReview": {"userInfo": user},
        "SelfSubjectAccessReview": {"allowed": True, "reason": "RBAC: x"},
    }
    with serving(FakeCluster([], refuse=refuse, reviews=reviews)) as cluster:
        file = kubeconfig(tmp_path, cluster.url)
        options = ("--kubeconfig", str(file), "--cluster-name", "prod", "--role-arn", OWN, "--region", "eu-west-1")
        found = run("whoami", "--live", *words, *options)
    assert "k8s-aws-v1" not in found.out + found.err
    assert "canary-secret-key" not in found.out + found.err
    return found, cluster


def test_two_identities_side_by_side(tmp_path: Path) -> None:
    keys: list[str] = []

    def refuse(call: Call) -> Answer | None:
        if not call.path.endswith("/selfsubjectreviews"):
            return None
        keys.append(caller_of(call))
        return (401, status(401, "Unauthorized")) if len(set(keys)) == 2 else None

    found, cluster = ask(tmp_path, refuse, "--as-role", ROLE, "--can", "list", "pods", "-n", "shop", "-o", "json")

    first, second = json.loads(found.out)["tried"]
    assert (first["answer"], first["username"], first["can"]) == ("known", "laptop", "allowed")
    assert first["principal"] == OWN
    assert (second["answer"], second["username"], second["can"]) == ("refused", "", "")
    assert second["principal"] == ROLE
    assert found.code == 1
    review = next(call for call in cluster.calls if call.path.endswith("/selfsubjectaccessreviews"))
    assert review.body["spec"]["resourceAttributes"]["namespace"] == "shop"
    keys.clear()
    text, _ = ask(tmp_path, refuse, "--as-role", ROLE)
    assert "401 Unauthorized: it knows nobody by this token" in text.out


@pytest.mark.parametrize(
    ("answer", "told", "code"),
    [
        ((401, status(401, "Unauthorized")), "401 Unauthorized", 1),
        ((403, status(403, "forbidden: User cannot create selfsubjectreviews")), "403 Forbidden", 3),
        (b"", "no answer (the connection to the API server was cut", 3),
    ],
)
def test_answers_are_told_apart(answer: Answer | bytes, told: str, code: int, tmp_path: Path) -> None:
    found, _ = ask(tmp_path, lambda call: answer if call.method == "POST" else None)
    assert told in found.out
    assert found.code == code


def test_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    import ssl
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    from tests.live.certificates import self_signed

    certificate, key = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        file = kubeconfig(tmp_path, f"https://127.0.0.1:{server.server_address[1]}")
        options = ("--kubeconfig", str(file), "--cluster-name", "prod", "--role-arn", OWN)
        found = run("whoami", "--live", *options)
    finally:
        server.shutdown()
        server.server_close()
    assert found.code == 3
    assert "the certificate is not trusted (x509: the server's certificate is not trusted: self-signed" in found.out


def test_wrong_use(tmp_path: Path) -> None:
    file = kubeconfig(tmp_path, "http://127.0.0.1:9")
    found = run("whoami", "--live", "--kubeconfig", str(file))
    assert found.code == 2
    assert "which EKS cluster is a token made for?" in found.err
    found = run("whoami", "role/x", "--live", "--kubeconfig", str(file), "--cluster-name", "prod")
    assert found.code == 2
