"""One mistake in a sound set of roles and bindings, with random names and noise: the first cause is it."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trustpath.answer import answer
from trustpath.facts.dumps import read_dumps
from trustpath.model.question import AskedRequest, KubernetesRequest
from trustpath.model.trace import Trace
from trustpath.paths import follow_question

API = "rbac.authorization.k8s.io"
WORDS = ["orders", "checkout", "ledger", "mailer", "sync", "importer", "gateway", "metrics", "backup", "audit"]
RESOURCES = [
    ("", "pods", "log"),
    ("", "configmaps", ""),
    ("", "services", "status"),
    ("apps", "deployments", "scale"),
    ("batch", "jobs", "status"),
    ("argoproj.io", "workflows", ""),
    ("monitoring.coreos.com", "servicemonitors", "status"),
]
VERBS = ["get", "list", "watch", "create", "update", "patch", "delete"]
Item = dict[str, Any]


class World:
    """A cluster in which an account may do one thing, through one Role and one RoleBinding."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.namespace, self.other = rng.sample(WORDS, 2)
        self.account, self.friend = f"{rng.choice(WORDS)}-app", f"{rng.choice('xyz')}-friend"
        self.group, self.resource, self.sub = rng.choice(RESOURCES)
        self.verb = rng.choice(VERBS)
        self.name = f"{rng.choice(WORDS)}-1"
        self.rule: Item = {"apiGroups": [self.group], "resources": [self.resource], "verbs": [self.verb, "patch"]}
        self.role: Item = self.item("Role", "own", self.namespace, rules=[self.rule])
        self.binding: Item = self.bind("RoleBinding", "own", "Role", "own", [self.subject()], self.namespace)
        self.items = [
            *(self.core("Namespace", name) for name in (self.namespace, self.other, "kube-system")),
            *(self.core("ServiceAccount", "default", where) for where in (self.namespace, self.other)),
            self.core("ServiceAccount", self.account, self.namespace),
            self.core("ServiceAccount", self.friend, self.other),
            self.item("ClusterRole", "cluster-admin", rules=[{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]),
            self.bind(
                "ClusterRoleBinding",
                "cluster-admin",
                "ClusterRole",
                "cluster-admin",
                [self.everybody("system:masters")],
            ),
            self.item("ClusterRole", "basic", rules=[{"nonResourceURLs": ["/healthz"], "verbs": ["get"]}]),
            self.bind("ClusterRoleBinding", "basic", "ClusterRole", "basic", [self.everybody("system:authenticated")]),
            self.item(
                "Role", "noise", self.other, rules=[{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]
            ),
            self.bind("RoleBinding", "noise", "Role", "noise", [self.subject(self.friend, self.other)], self.other),
            self.role,
            self.binding,
        ]
        self.request = self.asked()

    def asked(self, **changes: str) -> AskedRequest:
        named = self.verb in ("get", "update", "patch", "delete")
        fields = {
            "group": self.group,
            "resource": self.resource,
            "namespace": self.namespace,
            "name": self.name if named else "",
        }
        return AskedRequest(self.verb, **{**fields, **changes})

    def subject(self, name: str = "", namespace: str = "") -> Item:
        return {"kind": "ServiceAccount", "name": name or self.account, "namespace": namespace or self.namespace}

    def everybody(self, group: str) -> Item:
        return {"kind": "Group", "apiGroup": API, "name": group}

    def core(self, kind: str, name: str, namespace: str = "") -> Item:
        return {"apiVersion": "v1", "kind": kind, "metadata": self.metadata(name, namespace)}

    def metadata(self, name: str, namespace: str) -> Item:
        return {"name": name, **({"namespace": namespace} if namespace else {})}

    def item(self, kind: str, name: str, namespace: str = "", **fields: Any) -> Item:
        return {"apiVersion": f"{API}/v1", "kind": kind, "metadata": self.metadata(name, namespace), **fields}

    def bind(self, kind: str, name: str, role_kind: str, role: str, subjects: list[Item], namespace: str = "") -> Item:
        reference = {"apiGroup": API, "kind": role_kind, "name": role}
        return self.item(kind, name, namespace, roleRef=reference, subjects=subjects)

    def ask(self, folder: Path) -> Trace:
        self.rng.shuffle(self.items)
        path = folder / "rbac.json"
        path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": self.items}, indent=1))
        snapshot, places = read_dumps([str(path)])
        user = f"system:serviceaccount:{self.namespace}:{self.account}"
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{self.namespace}", "system:authenticated")
        return answer(follow_question(snapshot, KubernetesRequest(user, groups, self.request)), places)


def other_verb(world: World) -> None:
    world.rule["verbs"] = [verb for verb in VERBS if verb != world.verb][:3]


def other_group(world: World) -> None:
    world.rule["apiGroups"] = ["extensions"]


def other_resource(world: World) -> None:
    world.rule["resources"] = ["leases"]


def kind_for_resource(world: World) -> None:
    world.rule["resources"] = [world.resource.removesuffix("s").capitalize()]


def subresource(world: World) -> None:
    world.request = world.asked(subresource="exec", name=world.name)


def plural_subresource(world: World) -> None:
    world.rule["resources"] = [world.resource, f"{world.resource}/logs"]
    world.request = world.asked(subresource="log", name=world.name)


def star_subresource(world: World) -> None:
    world.rule["resources"] = [world.resource, f"{world.resource}/*"]
    world.request = world.asked(subresource="scale", name=world.name)


def names_on_nameless(world: World) -> None:
    world.verb = world.rng.choice(["list", "watch", "create", "deletecollection"])
    world.rule["verbs"] = [world.verb]
    world.rule["resourceNames"] = [world.name]
    world.request = world.asked()


def other_names(world: World) -> None:
    world.rule["verbs"], world.rule["resourceNames"] = ["get"], ["another"]
    world.verb = "get"
    world.request = world.asked()


def name_behind_slash(world: World) -> None:
    world.verb, world.rule["verbs"] = "get", ["get"]
    world.rule["resources"] = [f"{world.resource}/{world.name}"]
    world.request = world.asked()


def all_namespaces(world: World) -> None:
    world.verb, world.rule["verbs"] = "list", ["list"]
    world.request = world.asked(namespace="", name="")


def other_namespace(world: World) -> None:
    world.request = world.asked(namespace=world.other)


def subject_elsewhere(world: World) -> None:
    world.binding["subjects"][0]["namespace"] = world.other


def subject_misnamed(world: World) -> None:
    world.binding["subjects"][0]["name"] = f"{world.account}-sa"


def dangling(world: World) -> None:
    world.items.remove(world.role)


def no_account(world: World) -> None:
    world.items = [
        item for item in world.items if (item["kind"], item["metadata"]["name"]) != ("ServiceAccount", world.account)
    ]


def default_account(world: World) -> None:
    world.account = "default"


def impersonation(world: World) -> None:
    world.request = AskedRequest("impersonate", "", "users", name="jane")


MISTAKES: dict[Callable[[World], None], str] = {
    all_namespaces: "rbac-scope-too-narrow",
    dangling: "rbac-roleref-missing",
    default_account: "workload-default-serviceaccount",
    impersonation: "rbac-impersonation-denied",
    kind_for_resource: "rbac-resource-missing",
    name_behind_slash: "rbac-resource-syntax",
    names_on_nameless: "rbac-resourcenames-unusable",
    no_account: "serviceaccount-missing",
    other_group: "rbac-api-group-missing",
    other_names: "rbac-resource-name-mismatch",
    other_namespace: "rbac-binding-wrong-namespace",
    other_resource: "rbac-resource-missing",
    other_verb: "rbac-verb-missing",
    plural_subresource: "rbac-subresource-misspelled",
    star_subresource: "rbac-subresource-misspelled",
    subject_elsewhere: "rbac-subject-namespace-mismatch",
    subject_misnamed: "rbac-subject-name-mismatch",
    subresource: "rbac-subresource-missing",
}


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.__name__)
def test_the_planted_mistake_is_the_first_cause(mistake: Callable[[World], None], seed: int, tmp_path: Path) -> None:
    world = World(random.Random(seed))  # noqa: S311
    mistake(world)
    trace = world.ask(tmp_path)

    assert (trace.outcome, trace.http_status) == ("denied", 403)
    assert trace.causes[0].id == MISTAKES[mistake]
    assert trace.causes[0].evidence[0].line > 0


@pytest.mark.parametrize("seed", range(20))
def test_without_a_mistake_it_is_allowed(seed: int, tmp_path: Path) -> None:
    trace = World(random.Random(seed)).ask(tmp_path)  # noqa: S311

    assert (trace.outcome, trace.causes) == ("allowed", ())
