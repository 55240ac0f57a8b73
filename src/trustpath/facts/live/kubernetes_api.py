"""Requests to the API server: paged lists, retries, and every refusal kept in the server's own words."""

import random
import re
import ssl
import time
from collections.abc import Iterator
from typing import Any, Literal

import msgspec
from msgspec import Raw, Struct, field

from trustpath import __version__
from trustpath.facts.collected import GROUPS
from trustpath.facts.live.connection import Connection
from trustpath.facts.live.deadline import Deadline, ExpiredError, RateLimit
from trustpath.facts.logs import redact_line
from trustpath.model.kubernetes import NOT_NAMESPACED
from trustpath.model.kubernetes_facts import RESOURCES
from trustpath.model.reads import KubernetesRead, LogRead

PAGE = 500
LOG_LINES = 1000
"""The last lines of a log are what counts."""
ATTEMPTS = 4
REQUEST_SECONDS = 15.0
TIDY_SECONDS = 15.0
_PER_SECOND, _BURST = 50.0, 100
_RETRIED = frozenset({429, 500, 502, 503, 504})
_BIG = 1 << 20


class ApiError(Exception):
    """The API server did not give the answer. ``said`` is its own text, or what happened on the way."""

    def __init__(self, kind: Literal["absent", "denied", "failed"], said: str, status: int = 0) -> None:
        super().__init__(said)
        self.kind: Literal["absent", "denied", "failed"] = kind
        self.said = said
        self.status = status


class _ListMetadata(Struct):
    next_page: str = field(name="continue", default="")


class _Page(Struct):
    kind: str
    items: list[Raw] | None
    metadata: _ListMetadata = field(default_factory=_ListMetadata)


class _Status(Struct):
    kind: str = ""
    message: str = ""
    reason: str = ""


_decode_page = msgspec.json.Decoder(_Page).decode
_decode_status = msgspec.json.Decoder(_Status).decode


class KubernetesApi:
    """The API server of one connection. Safe to use from several threads."""

    def __init__(self, connection: Connection, deadline: Deadline, request_seconds: float = REQUEST_SECONDS) -> None:
        from kubernetes.client import ApiClient

        self.connection = connection
        self.calls = 0
        self._deadline = deadline
        self._request_seconds = request_seconds
        self._limit = RateLimit(_PER_SECOND, _BURST)
        try:
            # The client builds its pool with the certificates, the proxy and the server name of the kubeconfig.
            self._client = ApiClient(connection.configuration)
        except (OSError, ssl.SSLError, ValueError) as error:
            raise ApiError("failed", f"the certificates of {connection.shown} cannot be used: {error}") from None
        self._pool = self._client.rest_client.pool_manager

    def with_more_time(self) -> "KubernetesApi":
        """Return the same way to the server with some seconds of its own: for tidying up behind a deadline."""
        return KubernetesApi(self.connection, Deadline(max(self._deadline.left, TIDY_SECONDS)), self._request_seconds)

    def read(self, read: KubernetesRead) -> list[Raw]:
        """Return an object, or the objects of a list, each as the server's JSON. Raises ApiError."""
        path = path_of(read)
        if read.name:
            return [Raw(self.request("GET", path))]
        selectors = {"labelSelector": read.labels, "fieldSelector": read.fields}
        return self._list(path, {key: value for key, value in selectors.items() if value})

    def log(self, read: LogRead) -> bytes:
        """Return the last lines of a container's log. Raises ApiError."""
        path = f"{path_of(KubernetesRead('Pod', read.namespace, read.pod))}/log"
        query = {"container": read.container, "tailLines": str(LOG_LINES), "limitBytes": str(_BIG)}
        return self.request("GET", path, query | ({"previous": "true"} if read.previous else {}))

    def _list(self, path: str, selectors: dict[str, str]) -> list[Raw]:
        """Return all pages. A list that the server has forgotten in the middle is read again, the last time at once."""
        for limit in (PAGE, PAGE, 0):
            items: list[Raw] = []
            try:
                for page in self._pages(path, selectors, limit):
                    items += page
            except ApiError as error:
                if error.status != 410 or not limit:
                    raise
                continue
            return items
        raise AssertionError("the last attempt returns or raises")

    def _pages(self, path: str, selectors: dict[str, str], limit: int) -> Iterator[list[Raw]]:
        query = {**selectors, "limit": str(limit)} if limit else selectors
        while True:
            page = _decoded(self.request("GET", path, query))
            yield page.items or []
            if not page.metadata.next_page:
                return
            query = {**query, "continue": page.metadata.next_page}

    def request(self, method: str, path: str, query: dict[str, str] | None = None, body: object = None) -> bytes:
        """Send a request and return the body of the answer. Raises ApiError.

        What the server, or the way to it, may do better the next time is tried again, with longer and longer pauses.
        """
        for attempt in range(ATTEMPTS):
            try:
                self._limit.wait(self._deadline)
                status, headers, data = self._send(method, path, query or {}, body)
            except ExpiredError:
                raise ApiError("failed", f"no answer within {self._deadline.seconds:g} s") from None
            except _UnreachableError as error:
                last = ApiError("failed", error.said)
                if error.final:
                    raise last from None
                retry_after = ""
            else:
                if status < 300:
                    return data
                last = _refused(status, data)
                if status not in _RETRIED or (method != "GET" and status != 429):
                    raise last
                retry_after = str(headers.get("Retry-After", ""))
            if attempt + 1 < ATTEMPTS:
                self._pause(attempt, retry_after, last)
        raise last

    def _pause(self, attempt: int, retry_after: str, last: ApiError) -> None:
        seconds = min(float(retry_after), 10.0) if retry_after.isdigit() else 0.2 * 2**attempt
        try:
            self._deadline.sleep(seconds * (0.75 + random.random() / 2))  # noqa: S311
        except ExpiredError:
            raise last from None

    def _send(self, method: str, path: str, query: dict[str, str], body: object) -> tuple[int, Any, bytes]:
        import urllib3

        self.calls += 1
        seconds = min(self._request_seconds, self._deadline.check())
        try:
            answer = self._pool.request(
                method,
                f"{self.connection.server.rstrip('/')}/{path}",
                fields=query if method == "GET" else None,
                body=msgspec.json.encode(body) if body is not None else None,
                headers=self._headers(body is not None),
                timeout=urllib3.Timeout(connect=min(seconds, 5.0), read=seconds),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                return answer.status, answer.headers, b"".join(self._body(answer, seconds))
            finally:
                answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise _reason(error) from None

    def _body(self, answer: Any, seconds: float) -> Iterator[bytes]:
        # The pool's own limit counts from byte to byte: a server that sends one now and then would hold us for ever.
        end = time.monotonic() + max(seconds, min(self._deadline.left, 4 * seconds))
        # One piece as it comes: to fill a buffer, the library itself would wait for ever.
        while chunk := answer.read1(_BIG):
            yield chunk
            if time.monotonic() > end:
                answer.close()
                raise _UnreachableError(f"the answer did not end within {seconds:g} s", final=False)

    def _headers(self, has_body: bool) -> Any:
        from urllib3 import HTTPHeaderDict

        headers = HTTPHeaderDict({"Accept": "application/json, */*;q=0.1", "User-Agent": f"trustpath/{__version__}"})
        if has_body:
            headers["Content-Type"] = "application/json"
        bearer = self.connection.configuration.auth_settings().get("BearerToken")
        if bearer and bearer["value"]:
            headers["Authorization"] = bearer["value"]
        for name, value in self.connection.headers:
            headers.add(name, value)
        return headers


class _UnreachableError(Exception):
    """No answer came. ``final``: it is not worth another attempt."""

    def __init__(self, said: str, *, final: bool) -> None:
        super().__init__(said)
        self.said = said
        self.final = final


def path_of(read: KubernetesRead) -> str:
    """Return the path of an object or a list below the server's address."""
    from urllib.parse import quote

    where = (
        f"namespaces/{quote(read.namespace, safe='')}/" if read.namespace and read.kind not in NOT_NAMESPACED else ""
    )
    name = f"/{quote(read.name, safe='')}" if read.name else ""
    return f"{GROUPS[read.kind]}/{where}{RESOURCES[read.kind]}{name}"


def _decoded(data: bytes) -> _Page:
    try:
        page = _decode_page(data)
    except (msgspec.DecodeError, RecursionError):
        raise ApiError("failed", "the answer is no list as the API server gives it") from None
    if not page.kind.endswith("List"):
        raise ApiError("failed", "the answer is no list as the API server gives it")
    return page


def _refused(status: int, data: bytes) -> ApiError:
    try:
        said = _decode_status(data).message
    except (msgspec.DecodeError, RecursionError):
        # A proxy in between answers in its own words.
        said = data[:300].decode(errors="replace")
    said = redact_line(" ".join(said.split())) or f"status {status}"
    if status == 404 and _is_not_found(data):
        return ApiError("absent", said, status)
    if status == 401:
        return ApiError("failed", f"the API server does not accept these credentials (401 {said})", status)
    if status == 403:
        return ApiError("denied", said, status)
    return ApiError("failed", f"the API server answered {status}: {said}", status)


def _is_not_found(data: bytes) -> bool:
    """Return whether the API server itself says that something is not there; a gateway's 404 proves nothing."""
    try:
        status = _decode_status(data)
    except (msgspec.DecodeError, RecursionError):
        # What the API server says of a path that nobody serves is no JSON.
        return data.strip() == b"404 page not found"
    return (status.kind, status.reason) == ("Status", "NotFound")


def _reason(error: Exception) -> _UnreachableError:
    """Return why no answer came, in plain words, and whether another attempt is of no use."""
    from urllib3 import exceptions

    text = re.sub(r"\[Errno -?\d+\] ", "", redact_line(" ".join(str(error).split()))[:300])
    if certificate := _certificate_problem(error):
        return _UnreachableError(f"x509: the server's certificate is not trusted: {certificate}", final=True)
    for kind, said, final in (
        (exceptions.NewConnectionError, f"the API server cannot be reached: {text.rpartition(': ')[2]}", False),
        (exceptions.ConnectTimeoutError, "no connection to the API server in time", False),
        (exceptions.TimeoutError, "the API server did not answer in time", False),
        (exceptions.NameResolutionError, "the name of the API server cannot be resolved", True),
        (exceptions.ProxyError, f"the proxy does not let the request through: {text}", False),
    ):
        if isinstance(error, kind):
            return _UnreachableError(said, final=final)
    return _UnreachableError(f"the connection to the API server was cut: {text}", final=False)


def _certificate_problem(error: BaseException) -> str:
    """Return what is wrong with the server's certificate, empty where that is not the error."""
    seen: list[BaseException] = [error]
    for cause in seen:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return str(cause.verify_message)
        inner = (cause.__cause__, cause.__context__, *cause.args)
        seen += [item for item in inner if isinstance(item, BaseException) and item not in seen]
    return ""
