"""A kubelet of the tests' own: it takes test pods onto its node, says how they end, and gives their logs."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from tests.live.certificates import self_signed
from tests.real.api_server import ApiServer

NODE = "probe-node"


class Kubelet(Struct):
    """``mode`` says what becomes of a pod; ``logs`` and ``codes`` are what its containers print and end with."""

    server: ApiServer
    mode: str = "run"
    logs: dict[str, str] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    seen: list[dict[str, Any]] = field(default_factory=list)

    def serve(self, pod: dict[str, Any]) -> None:
        """Bring a pod to its end, or to where it stays."""
        name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
        path = f"/api/v1/namespaces/{namespace}/pods/{name}"
        if self.mode == "unschedulable":
            message = "0/3 nodes are available: 3 Insufficient cpu."
            condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
            self.server.patch(f"{path}/status", {"status": {"phase": "Pending", "conditions": [condition]}})
            return
        if not pod["spec"].get("nodeName"):
            target = {"apiVersion": "v1", "kind": "Node", "name": NODE}
            body = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": name}, "target": target}
            self.server.call("POST", f"{path}/binding", body)
        names = [container["name"] for container in pod["spec"]["containers"]]
        if self.mode == "image":
            waiting = {"reason": "ErrImagePull", "message": "no basic auth credentials"}
            states = [{"name": name, "state": {"waiting": waiting}} for name in names]
            self._status(path, "Pending", states)
        elif self.mode == "run":
            ended = [{"name": name, "state": {"terminated": {"exitCode": self.codes.get(name, 0)}}} for name in names]
            failed = any(self.codes.get(name) for name in names)
            self._status(path, "Failed" if failed else "Succeeded", ended)

    def _status(self, path: str, phase: str, states: list[dict[str, Any]]) -> None:
        more = {"image": "x", "imageID": "", "ready": False, "restartCount": 0}
        body = {"status": {"phase": phase, "containerStatuses": [{**state, **more} for state in states]}}
        status, answer = self.server.patch(f"{path}/status", body)
        assert status == 200, answer


@contextmanager
def running(server: ApiServer, folder: Path) -> Iterator[Kubelet]:
    """Register the node, serve until the block ends."""
    kubelet = Kubelet(server)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            container = self.path.partition("?")[0].rpartition("/")[2]
            data = kubelet.logs.get(container, "").encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    certificate, key = self_signed(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.socket = context.wrap_socket(http.socket, server_side=True)
    http.daemon_threads = True
    stopped = threading.Event()

    def watch() -> None:
        known: set[str] = set()
        while not stopped.wait(0.1):
            _, answer = server.call("GET", "/api/v1/pods?labelSelector=app.kubernetes.io/managed-by%3Dtrustpath-probe")
            for pod in answer.get("items", []):
                if pod["metadata"]["name"] not in known:
                    known.add(pod["metadata"]["name"])
                    kubelet.seen.append(json.loads(json.dumps(pod)))
                    kubelet.serve(pod)

    port = http.server_address[1]
    status = {
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
        "nodeInfo": {"kubeletVersion": "v1.35.4"},
    }
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE}, "status": status}
    made, answer = server.create(node)
    assert made == 201, answer
    server.patch(f"/api/v1/nodes/{NODE}/status", {"status": status})
    threads = [threading.Thread(target=target, daemon=True) for target in (http.serve_forever, watch)]
    for thread in threads:
        thread.start()
    try:
        yield kubelet
    finally:
        stopped.set()
        http.shutdown()
        http.server_close()
        threads[1].join()
        server.delete(node)
