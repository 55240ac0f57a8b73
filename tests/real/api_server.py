"""A kube-apiserver and its etcd on loopback, for as long as a test needs them. `make real` builds both.

Where KUBEBUILDER_ASSETS names a folder with the two programs, those are taken.
"""

import json
import os
import secrets
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

HERE = Path(__file__).parent
START_SECONDS = 90
_PLURALS = {
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "Namespace": "namespaces",
    "Node": "nodes",
    "Pod": "pods",
    "Role": "roles",
    "RoleBinding": "rolebindings",
    "ServiceAccount": "serviceaccounts",
}


def program(name: str) -> Path:
    folder = os.environ.get("KUBEBUILDER_ASSETS")
    return (Path(folder) if folder else HERE / "build") / name


needs_api_server = pytest.mark.skipif(
    not (program("kube-apiserver").is_file() and program("etcd").is_file() and shutil.which("openssl")),
    reason="kube-apiserver and etcd are not built: `make real` does it where Go is there",
)


class ApiServer(Struct):
    """A running API server; ``token`` is an administrator's, ``reader`` that of a user ``reader`` without any right."""

    url: str
    token: str
    context: ssl.SSLContext
    reader: str = ""

    def call(
        self, method: str, path: str, body: Any = None, user: str = "", groups: tuple[str, ...] = ()
    ) -> tuple[int, Any]:
        """Send a request, as somebody else if ``user`` is given. Return status and body."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if user:
            headers["Impersonate-User"] = user
        request = urllib.request.Request(self.url + path, method=method, headers=headers)  # noqa: S310  # loopback
        for group in groups:
            request.add_header("Impersonate-Group", group)
        request.data = json.dumps(body).encode() if body is not None else None
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=30) as answer:  # noqa: S310  # loopback
                return answer.status, _body(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _body(error.read())

    def create(self, item: dict[str, Any], user: str = "") -> tuple[int, Any]:
        """Create an object."""
        return self.call("POST", self.path(item), item, user)

    def patch(self, path: str, body: Any, kind: str = "strategic-merge-patch") -> tuple[int, Any]:
        """Change an object."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": f"application/{kind}+json"}
        data = json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, method="PATCH", headers=headers, data=data)  # noqa: S310
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=30) as answer:  # noqa: S310  # loopback
                return answer.status, _body(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _body(error.read())

    def delete(self, item: dict[str, Any]) -> None:
        """Delete an object."""
        self.call("DELETE", f"{self.path(item)}/{item['metadata']['name']}")

    def path(self, item: dict[str, Any]) -> str:
        """Return the path of an object's collection."""
        version = item["apiVersion"]
        prefix = f"/apis/{version}" if "/" in version else f"/api/{version}"
        namespace = item["metadata"].get("namespace")
        where = f"/namespaces/{namespace}" if namespace and not item["kind"].startswith("Cluster") else ""
        return f"{prefix}{where}/{_PLURALS[item['kind']]}"

    def objects(self, kind: str) -> list[dict[str, Any]]:
        """Return all objects of a kind of RBAC."""
        version = "rbac.authorization.k8s.io/v1"
        _, answer = self.call("GET", f"/apis/{version}/{_PLURALS[kind]}")
        return [{"apiVersion": version, "kind": kind, **item} for item in answer["items"]]

    def review(self, user: str, groups: tuple[str, ...], attributes: dict[str, Any]) -> dict[str, Any]:
        """Ask whether a user may do something."""
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {"user": user, "groups": list(groups), **attributes},
        }
        status, answer = self.call("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", body)
        assert status == 201, answer
        return dict(answer["status"])


def _body(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data.decode(errors="replace")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(folder: Path, *flags: str) -> Iterator[ApiServer]:
    """Start both programs, wait until they are ready, and end them again. ``flags`` are more ones of the API server."""
    key, token = folder / "sa.key", secrets.token_hex(16)
    subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
    (folder / "tokens.csv").write_text(f'{token},admin,admin,"system:masters"\n{token[::-1]},reader,reader\n')
    store, peer, port = _free_port(), _free_port(), _free_port()
    etcd = [
        str(program("etcd")),
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls=http://127.0.0.1:{store}",
        f"--advertise-client-urls=http://127.0.0.1:{store}",
        f"--listen-peer-urls=http://127.0.0.1:{peer}",
        f"--initial-advertise-peer-urls=http://127.0.0.1:{peer}",
        f"--initial-cluster=default=http://127.0.0.1:{peer}",
        "--unsafe-no-fsync",
        "--log-level=error",
    ]
    server = [
        str(program("kube-apiserver")),
        f"--etcd-servers=http://127.0.0.1:{store}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={folder / 'certificates'}",
        "--authorization-mode=Node,RBAC",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--service-account-issuer=https://issuer.test",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--disable-admission-plugins=ServiceAccount",
        *flags,
    ]
    processes = []
    log = (folder / "log").open("wb")
    try:
        processes = [subprocess.Popen(command, stdout=log, stderr=log) for command in (etcd, server)]
        certificate = folder / "certificates" / "apiserver.crt"
        yield _ready(f"https://127.0.0.1:{port}", token, certificate, processes, folder)
    finally:
        # Nothing is to be kept, and an orderly end of the API server takes its time.
        for process in reversed(processes):
            process.kill()
            process.wait()
        log.close()


def _ready(
    url: str, token: str, certificate: Path, processes: list[subprocess.Popen[bytes]], folder: Path
) -> ApiServer:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and all(process.poll() is None for process in processes):
        if certificate.is_file():
            context = ssl.create_default_context(cafile=str(certificate))
            context.check_hostname = False
            server = ApiServer(url, token, context, token[::-1])
            try:
                # The default roles are written by a hook, which readyz waits for.
                if server.call("GET", "/readyz")[0] == 200:
                    return server
            except (OSError, urllib.error.URLError):
                pass
        time.sleep(0.3)
    raise AssertionError((folder / "log").read_text(errors="replace")[-3000:])
