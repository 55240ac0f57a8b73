"""Random clusters and requests that stay close to the borders of RBAC's rules."""

import random
from collections.abc import Iterator
from typing import Any

API = "rbac.authorization.k8s.io"
NAMESPACES = ["", "default", "team-a", "Team-A", "payments"]
NAMES = ["", "a", "b", "*", "a/b", 'say "x"', "ä"]
ROLES = ["r1", "r2", "view", "missing"]
VERBS = ["get", "list", "create", "*", "GET", "escalate", "impersonate", ""]
GROUPS = ["", "apps", "*", "core", "argoproj.io"]
RESOURCES = [
    "pods",
    "pods/log",
    "pods/*",
    "*",
    "*/log",
    "*/*",
    "*/scale",
    "deployments",
    "deployments/scale",
    "Pods",
    "",
    "/log",
]
URLS = ["*", "/healthz", "/healthz/*", "/health*", "/*", "/a*b", "/metrics**", "", "healthz"]
PATHS = ["/healthz", "/healthz/etcd", "/health", "/", "/a*b", "/axb", "/metrics", "/metrics*", "healthz", "*"]
USERS = [
    "jane",
    "Jane",
    "system:serviceaccount:team-a:default",
    "system:serviceaccount:default:a",
    "",
    "system:serviceaccount::a",
]
USER_GROUPS = ["devs", "Devs", "system:masters", "system:authenticated", "system:serviceaccounts:team-a", ""]


class Maker:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311

    def some(self, words: list[str], most: int) -> list[str]:
        return self.random.choices(words, k=self.random.randint(0, most))

    def rule(self) -> dict[str, Any]:
        verbs = self.some(VERBS, 3)
        if self.random.random() < 0.2:
            return {"verbs": verbs, "nonResourceURLs": self.some(URLS, 3)}
        rule: dict[str, Any] = {
            "verbs": verbs,
            "apiGroups": self.some(GROUPS, 3),
            "resources": self.some(RESOURCES, 4),
        }
        if self.random.random() < 0.3:
            rule["resourceNames"] = self.some(NAMES, 2)
        return rule

    def subject(self) -> dict[str, Any]:
        kind = self.random.choice(["User", "Group", "ServiceAccount", "ServiceAccount", "Node"])
        if kind == "ServiceAccount":
            account = {"kind": kind, "name": self.random.choice(["default", "a", ""])}
            namespace = self.random.choice(["", "team-a", "default"])
            return {**account, "namespace": namespace} if namespace or self.random.random() < 0.5 else account
        return {"kind": kind, "apiGroup": API, "name": self.random.choice(USERS if kind == "User" else USER_GROUPS)}

    def role(self, name: str) -> dict[str, Any]:
        rules: Any = [self.rule() for _ in range(self.random.randint(0, 6))]
        metadata = {"name": name}
        kind = self.random.choice(["Role", "ClusterRole"])
        if kind == "Role":
            metadata["namespace"] = self.random.choice(NAMESPACES[1:])
        return {"apiVersion": f"{API}/v1", "kind": kind, "metadata": metadata, "rules": rules or None}

    def binding(self, name: str) -> dict[str, Any]:
        kind = self.random.choice(["RoleBinding", "ClusterRoleBinding"])
        metadata = {"name": name}
        if kind == "RoleBinding":
            metadata["namespace"] = self.random.choice(NAMESPACES[1:])
        reference = self.random.choice(["Role", "ClusterRole", "ClusterRole", "Group"])
        return {
            "apiVersion": f"{API}/v1",
            "kind": kind,
            "metadata": metadata,
            "roleRef": {"apiGroup": API, "kind": reference, "name": self.random.choice(ROLES)},
            "subjects": [self.subject() for _ in range(self.random.randint(0, 4))] or None,
        }

    def objects(self) -> list[dict[str, Any]]:
        roles = {
            (r["kind"], r["metadata"].get("namespace"), r["metadata"]["name"]): r for r in map(self.role, ROLES[:3] * 3)
        }
        return [*roles.values(), *(self.binding(f"b{i}") for i in range(self.random.randint(1, 6)))]

    def request(self) -> dict[str, Any]:
        asked: dict[str, Any] = {
            "user": self.random.choice(USERS),
            "groups": self.some(USER_GROUPS, 3),
            "verb": self.random.choice(VERBS),
        }
        if self.random.random() < 0.15:
            return {**asked, "path": self.random.choice(PATHS)}
        return {
            **asked,
            "group": self.random.choice(GROUPS),
            "version": "v1",
            "resource": self.random.choice(["pods", "pods", "deployments", "*", "Pods", ""]),
            "subresource": self.random.choice(["", "", "log", "scale", "*"]),
            "namespace": self.random.choice(NAMESPACES),
            "name": self.random.choice(NAMES),
        }

    def fitting(self, objects: list[dict[str, Any]]) -> dict[str, Any]:
        """Return a request that one binding is about, with a chance of one detail being off."""
        asked = self.request()
        bindings = [item for item in objects if item.get("subjects")]
        if not bindings:
            return asked
        binding = self.random.choice(bindings)
        subject = self.random.choice(binding["subjects"])
        home = binding["metadata"].get("namespace", "")
        match subject["kind"]:
            case "Group":
                asked["groups"] = [*asked["groups"], subject["name"]]
            case "ServiceAccount":
                asked["user"] = f"system:serviceaccount:{subject.get('namespace') or home}:{subject['name']}"
            case _:
                asked["user"] = subject["name"]
        rules = [
            rule
            for item in objects
            if item["metadata"]["name"] == binding["roleRef"]["name"]
            for rule in item.get("rules") or []
        ]
        if not rules:
            return asked
        rule = self.random.choice(rules)
        fields = {"verb": rule["verbs"]}
        if "nonResourceURLs" in rule:
            asked = {"user": asked["user"], "groups": asked["groups"], "verb": asked["verb"], "path": "/"}
            fields["path"] = rule["nonResourceURLs"]
        else:
            asked.pop("path", None)
            fields |= {"group": rule["apiGroups"], "name": rule.get("resourceNames", [])}
            resource, _, subresource = self.random.choice(rule["resources"] or ["pods"]).partition("/")
            asked |= {"resource": resource, "subresource": subresource, "namespace": home or asked.get("namespace", "")}
        off = self.random.choice(["", "", *fields])
        asked |= {key: self.random.choice(values) for key, values in fields.items() if values and key != off}
        return asked

    def questions(self, count: int) -> Iterator[dict[str, Any]]:
        """Yield questions, fifty to a cluster."""
        for number in range(count):
            identifier = f"q{number}"
            if number % 50 == 0:
                cluster, objects = identifier, self.objects()
                yield {"id": identifier, "objects": objects, "request": self.fitting(objects)}
            else:
                yield {"id": identifier, "objects_ref": cluster, "request": self.fitting(objects)}
