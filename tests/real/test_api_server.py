"""The engines beside a real kube-apiserver: access reviews, the texts of refusals, nodes, and escalation."""

import itertools
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
import yaml

from tests.real.api_server import ApiServer, needs_api_server, running
from tests.test_cluster_cases import CASES, FOLDER, question
from trustpath.engine.messages import forbidden
from trustpath.engine.messages.symptom import read_symptom
from trustpath.engine.rbac import node_authorizer
from trustpath.engine.rbac.authorizer import Allowed, Authorizer
from trustpath.engine.rbac.escalation import described, write_role
from trustpath.engine.rbac.request import MASTERS, ResourceRequest, UrlRequest, User
from trustpath.model.question import KubernetesRequest
from trustpath.model.rbac import Binding, Role
from trustpath.paths.kubernetes_request.walk import request_of

ORDER = ("Namespace", "ServiceAccount", "ClusterRole", "Role", "ClusterRoleBinding", "RoleBinding")
METHODS = {
    "create": "POST",
    "delete": "DELETE",
    "deletecollection": "DELETE",
    "get": "GET",
    "list": "GET",
    "patch": "PATCH",
    "update": "PUT",
}
pytestmark = needs_api_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with running(tmp_path_factory.mktemp("api-server")) as found:
        yield found


T = TypeVar("T")


def decode(item: dict[str, Any], kind: type[T]) -> T:
    return msgspec.json.decode(json.dumps(item), type=kind)


def authorizer(server: ApiServer) -> Authorizer:
    """Return our engine on what the server holds."""
    roles: Any = [(kind, decode(item, Role)) for kind in ("ClusterRole", "Role") for item in server.objects(kind)]
    bindings: Any = [
        (kind, decode(item, Binding)) for kind in ("ClusterRoleBinding", "RoleBinding") for item in server.objects(kind)
    ]
    return Authorizer(roles, bindings)


def attributes(request: ResourceRequest | UrlRequest) -> dict[str, Any]:
    if isinstance(request, UrlRequest):
        return {"nonResourceAttributes": {"verb": request.verb, "path": request.path}}
    return {
        "resourceAttributes": {
            "verb": request.verb,
            "group": request.group,
            "resource": request.resource,
            "subresource": request.subresource,
            "namespace": request.namespace,
            "name": request.name,
        }
    }


def url(request: ResourceRequest) -> str:
    prefix = f"/apis/{request.group}/v1" if request.group else "/api/v1"
    where = f"/namespaces/{request.namespace}" if request.namespace and request.resource != "namespaces" else ""
    name = f"/{request.name}" if request.name else ""
    return f"{prefix}{where}/{request.resource}{name}" + (f"/{request.subresource}" if request.subresource else "")


def install(server: ApiServer, snapshot: Path) -> list[dict[str, Any]]:
    items = yaml.safe_load((snapshot / "kubernetes.yaml").read_text(encoding="utf-8"))["items"]
    made = []
    for item in sorted((item for item in items if item["kind"] in ORDER), key=lambda item: ORDER.index(item["kind"])):
        metadata = {key: item["metadata"][key] for key in ("name", "namespace", "labels") if key in item["metadata"]}
        bare = {key: value for key, value in item.items() if key not in ("status", "spec")} | {"metadata": metadata}
        status, answer = server.create(json.loads(json.dumps(bare, default=str)))
        assert status in (201, 409), answer
        if status == 201:
            made.append(bare)
    return made


@pytest.mark.parametrize("name", [name for name in CASES if isinstance(question(name), KubernetesRequest)])
def test_cases(server: ApiServer, name: str) -> None:
    asked = question(name)
    assert isinstance(asked, KubernetesRequest)
    request = request_of(asked.request)
    made = install(server, FOLDER / name / "snapshot")
    try:
        status = server.review(asked.user, asked.groups, attributes(request))
        ours = authorizer(server).decide(User(asked.user, asked.groups), request)
        assert status["allowed"] == isinstance(ours, Allowed) == (CASES[name]["expected"] == "allowed")
        assert status.get("reason", "") == ours.reason
        assert isinstance(request, ResourceRequest)
        if not status["allowed"] and request.verb in METHODS:
            code, body = server.call(METHODS[request.verb], url(request), None, asked.user, asked.groups)
            assert code == 403, body
            assert body["message"] == forbidden.write(asked.user, request, ours.reason)
            read = forbidden.read(f"Error from server (Forbidden): {body['message']}")
            assert read is not None
            assert (read.user, read.request) == (asked.user, request)
    finally:
        for item in reversed(made):
            if item["kind"] != "Namespace":
                server.delete(item)


def test_default_roles(server: ApiServer) -> None:
    """The stock roles and bindings, asked about everything that they name and more."""
    rng = random.Random(4)  # noqa: S311
    engine = authorizer(server)
    users = [
        User("jane", ("system:authenticated",)),
        User("system:anonymous", ("system:unauthenticated",)),
        User("system:kube-scheduler", ("system:authenticated",)),
        User("system:kube-controller-manager", ("system:authenticated",)),
        User("system:serviceaccount:kube-system:namespace-controller", ("system:serviceaccounts",)),
        User("x", ("system:monitoring", "system:bootstrappers")),
        User("root", (MASTERS,)),
    ]
    resources = [
        ("", "pods"),
        ("", "secrets"),
        ("", "nodes"),
        ("apps", "deployments"),
        ("", "namespaces"),
        ("x.io", "y"),
    ]
    subresources = ["", "", "", "status", "exec", "scale"]
    allowed = 0
    for _ in range(1500):
        user = rng.choice(users)
        group, resource = rng.choice(resources)
        verb = rng.choice([*METHODS, "watch", "bind", "escalate", "*"])
        request: ResourceRequest | UrlRequest = ResourceRequest(
            verb,
            group,
            resource,
            rng.choice(subresources),
            rng.choice(["", "default", "kube-system"]),
            rng.choice(["", "a"]),
        )
        if rng.random() < 0.2:
            request = UrlRequest("get", rng.choice(["/healthz", "/metrics", "/api", "/apis/apps", "/livez/etcd", "/x"]))
        theirs = server.review(user.name, user.groups, attributes(request))
        ours = MASTERS in user.groups or isinstance(engine.decide(user, request), Allowed)
        assert theirs["allowed"] == ours, (user, request, theirs)
        allowed += ours
    print(f"kube-apiserver: 1500 access reviews agree, {allowed} of them allowed")
    assert allowed > 200


def test_nodes(server: ApiServer) -> None:
    """Where our Node authorizer decides, the real one says the same; where it does not, it may be either."""
    user = User("system:node:a", ("system:nodes", "system:authenticated"))
    engine = authorizer(server)
    resources = [
        ("", "nodes"),
        ("", "pods"),
        ("", "secrets"),
        ("", "services"),
        ("", "events"),
        ("", "endpoints"),
        ("", "serviceaccounts"),
        ("", "persistentvolumes"),
        ("coordination.k8s.io", "leases"),
        ("storage.k8s.io", "csinodes"),
        ("storage.k8s.io", "csidrivers"),
        ("certificates.k8s.io", "certificatesigningrequests"),
        ("apps", "deployments"),
        ("node.k8s.io", "runtimeclasses"),
    ]
    decided = undecided = 0
    for (group, resource), verb, sub, name, namespace in itertools.product(
        resources, [*METHODS, "watch"], ["", "status", "token", "eviction"], ["", "a", "b"], ["", "kube-node-lease"]
    ):
        request = ResourceRequest(verb, group, resource, sub, namespace, name)
        verdict = node_authorizer.decide(user, request, 35)
        if verdict.result == "unknown":
            undecided += 1
            continue
        theirs = server.review(user.name, user.groups, attributes(request))["allowed"]
        ours = verdict.result == "allowed" or isinstance(engine.decide(user, request), Allowed)
        assert theirs == ours, (request, verdict)
        decided += 1
    print(f"kube-apiserver: {decided} requests of nodes agree, {undecided} depend on what runs there")
    assert decided > 1000


def test_escalation(server: ApiServer) -> None:
    """Roles that an author may and may not write, and what the server says of those."""
    api = "rbac.authorization.k8s.io"
    author = "author"
    held = [
        {"apiGroups": [""], "resources": ["pods", "*/status"], "verbs": ["get", "list"]},
        {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["a", "b"], "verbs": ["get", "update"]},
        {"apiGroups": ["apps"], "resources": ["*"], "verbs": ["get"]},
        {"apiGroups": [api], "resources": ["roles"], "verbs": ["create"]},
    ]
    objects = [
        {"apiVersion": f"{api}/v1", "kind": "ClusterRole", "metadata": {"name": "held"}, "rules": held},
        {
            "apiVersion": f"{api}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "held"},
            "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": "held"},
            "subjects": [{"apiGroup": api, "kind": "User", "name": author}],
        },
    ]
    for item in objects:
        assert server.create(item)[0] == 201
    engine = authorizer(server)
    user = User(author, ("system:authenticated",))
    rng = random.Random(5)  # noqa: S311
    refused = 0
    for number in range(150):
        rule: dict[str, Any] = {
            "apiGroups": [rng.choice(["", "", "apps", "*"])],
            "resources": rng.sample(
                ["pods", "pods/status", "configmaps", "secrets", "deployments", "*"], rng.randint(1, 2)
            ),
            "verbs": rng.sample(["get", "list", "update", "*"], rng.randint(1, 2)),
        }
        if rng.random() < 0.4:
            rule["resourceNames"] = rng.sample(["a", "b", "c"], rng.randint(1, 2))
        item = {
            "apiVersion": f"{api}/v1",
            "kind": "Role",
            "metadata": {"name": f"r{number}", "namespace": "default"},
            "rules": [rule],
        }
        status, body = server.create(item, author)
        role = decode(item, Role)
        found = write_role(
            engine, lambda asked: isinstance(engine.decide(user, asked), Allowed), user, "Role", role, name_known=False
        )
        assert status == (403 if found.missing else 201), (rule, body, found)
        if status == 403:
            refused += 1
            symptom = read_symptom(f"Error from server (Forbidden): {body['message']}")
            assert symptom is not None
            assert symptom.kind == "escalation"
            assert symptom.groups == ("system:authenticated",)
            if len(found.missing) == 1:
                assert described(found.missing[0]) in body["message"]
    print(f"kube-apiserver: 150 roles agree, {refused} of them refused")
    assert 20 < refused < 140


def test_impersonation(server: ApiServer) -> None:
    """R46: the message names the real caller, and reads back as the request for impersonation."""
    code, body = server.call("GET", "/api/v1/namespaces/default/pods", user="jane")
    assert code == 403, body
    read = forbidden.read(body["message"])
    assert read is not None
    assert read.request == ResourceRequest("list", "", "pods", "", "default")
