"""An API server of the tests' own on loopback: it serves objects from memory, page by page, and can be made to fail."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from msgspec import Struct, field

from trustpath.facts.collected import GROUPS
from trustpath.model.kubernetes import NOT_NAMESPACED
from trustpath.model.kubernetes_facts import RESOURCES

KIND_OF = {f"{GROUPS[kind]}/{resource}": kind for kind, resource in RESOURCES.items()}
Answer = tuple[int, Any]


class Call(Struct, frozen=True):
    """A request as it came in."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any = None


class FakeCluster(Struct):
    """What the server holds and did. ``refuse`` may answer a call in its place; ``logs`` are by POD.CONTAINER."""

    objects: list[dict[str, Any]]
    url: str = ""
    calls: list[Call] = field(default_factory=list)
    refuse: Callable[[Call], Answer | bytes | None] = lambda call: None
    issuer: str = "https://issuer.test"
    reviews: dict[str, Any] = field(default_factory=dict)
    logs: dict[str, str] = field(default_factory=dict)

    def answer(self, call: Call) -> Answer | bytes:
        self.calls.append(call)
        refused = self.refuse(call)
        if refused is not None:
            return refused
        if call.path == "/.well-known/openid-configuration":
            return 200, {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"}
        if call.path == "/version":
            return 200, {"major": "1", "minor": "35", "gitVersion": "v1.35.0"}
        if call.method == "POST":
            return self._review(call)
        return self._get(call)

    def _review(self, call: Call) -> Answer:
        kind = str(call.body["kind"])
        if kind not in self.reviews:
            return 404, status(404, "the server could not find the requested resource")
        made = self.reviews[kind]
        return 201, {**call.body, "status": made(call.body) if callable(made) else made}

    def _log(self, pod: str, query: dict[str, str]) -> Answer | bytes:
        text = self.logs.get(f"{pod}.{query['container']}" + (".previous" if "previous" in query else ""))
        if text is None:
            return 400, status(400, f"container {query['container']} of pod {pod} has no log")
        data = text.encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(data)}\r\n\r\n"
        return head.encode() + data

    def _get(self, call: Call) -> Answer | bytes:
        parts = call.path.strip("/").split("/")
        depth = 2 if parts[0] == "api" else 3
        group, rest = "/".join(parts[:depth]), parts[depth:]
        namespace = ""
        if len(rest) > 2 and rest[0] == "namespaces":
            namespace, rest = unquote(rest[1]), rest[2:]
        kind = KIND_OF.get(f"{group}/{rest[0]}") if rest else None
        if kind is None:
            return 404, status(404, "the server could not find the requested resource")
        found = [item for item in self.objects if item["kind"] == kind and _in(item, namespace)]
        if rest[0] == "pods" and rest[2:] == ["log"]:
            return self._log(unquote(rest[1]), call.query)
        if len(rest) > 1:
            name = unquote(rest[1])
            for item in found:
                if item["metadata"]["name"] == name:
                    return 200, item
            return 404, status(404, f'{RESOURCES[kind]} "{name}" not found')
        return 200, _page(kind, found, call.query)


def _in(item: dict[str, Any], namespace: str) -> bool:
    if item["kind"] in NOT_NAMESPACED:
        return True
    return namespace in ("", item["metadata"].get("namespace", "default"))


def _page(kind: str, found: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
    # `key=value`, or `key` alone for any value.
    wanted = [pair.partition("=") for pair in query.get("labelSelector", "").split(",") if pair]
    found = [item for item in found if all(_has(item, key, sign, value) for key, sign, value in wanted)]
    start = int(query.get("continue", "0"))
    limit = int(query.get("limit", "0")) or len(found)
    more = str(start + limit) if start + limit < len(found) else ""
    # A list leaves kind and version of its items out, as the real one does.
    items = [
        {key: value for key, value in item.items() if key not in ("kind", "apiVersion")}
        for item in found[start : start + limit]
    ]
    return {"kind": f"{kind}List", "apiVersion": "v1", "metadata": {"continue": more}, "items": items}


def _has(item: dict[str, Any], key: str, sign: str, value: str) -> bool:
    labels = item["metadata"].get("labels") or {}
    return key in labels and (not sign or labels[key] == value)


def status(code: int, message: str) -> dict[str, Any]:
    reason = {401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 410: "Expired"}.get(code, "")
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code,
    }


@contextmanager
def serving(cluster: FakeCluster) -> Iterator[FakeCluster]:
    """Serve until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            self._answer(None)

        def do_DELETE(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            self._answer(json.loads(self.rfile.read(length)))

        def _answer(self, body: Any) -> None:
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            made = cluster.answer(Call(self.command, parts.path, query, dict(self.headers.items()), body))
            if isinstance(made, bytes):
                # Raw bytes, and the connection ends with them.
                self.wfile.write(made)
                self.close_connection = True
                return
            code, document = made
            data = json.dumps(document, default=str).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    cluster.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield cluster
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def kubeconfig(
    folder: Path, url: str, *, namespace: str = "", name: str = "prod", user: dict[str, Any] | None = None
) -> Path:
    """Write a kubeconfig for a server and return its path."""
    context = {"cluster": name, "user": "me", **({"namespace": namespace} if namespace else {})}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": {"server": url}}],
        "contexts": [{"name": name, "context": context}],
        "users": [{"name": "me", "user": user if user is not None else {"token": "a-token-of-the-tests"}}],
    }
    path = folder / "kubeconfig"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path
