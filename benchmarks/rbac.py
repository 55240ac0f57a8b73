"""Requests per second of the RBAC engine over ten thousand bindings, and its memory over a hundred thousand.

`make bench`. The first part runs `trustpath decide rbac` as a whole process, JSON lines in and out.
"""

import json
import platform
import random
import statistics
import subprocess
import sys
import time
import tracemalloc
from typing import Any

import msgspec

from trustpath.engine.rbac.authorizer import Authorizer, BindingKind, RoleKind
from trustpath.engine.rbac.near_misses import grant_misses, rule_misses
from trustpath.engine.rbac.request import ResourceRequest, service_account
from trustpath.engine.rbac.who_can import who_can
from trustpath.model.kubernetes import Metadata
from trustpath.model.rbac import Binding, PolicyRule, Role, RoleRef, Subject

API = "rbac.authorization.k8s.io"
VERBS = ["get", "list", "watch", "create", "update", "patch", "delete"]
RESOURCES = ["pods", "services", "configmaps", "secrets", "deployments", "jobs", "events", "pods/log", "*/scale"]
NAMESPACES = [f"team-{number}" for number in range(400)]
REQUESTS = 200_000


def rule(choose: random.Random) -> dict[str, Any]:
    return {
        "verbs": choose.sample(VERBS, 3),
        "apiGroups": ["", "apps"],
        "resources": choose.sample(RESOURCES, 3),
    }


def cluster(choose: random.Random, bindings: int) -> list[dict[str, Any]]:
    """Return 500 ClusterRoles of 20 rules and RoleBindings that grant them to service accounts and groups."""
    objects: list[dict[str, Any]] = [
        {"kind": "ClusterRole", "metadata": {"name": f"role-{i}"}, "rules": [rule(choose) for _ in range(20)]}
        for i in range(500)
    ]
    for number in range(bindings):
        namespace = NAMESPACES[number % len(NAMESPACES)]
        subjects = [
            {"kind": "ServiceAccount", "name": f"account-{choose.randrange(50)}", "namespace": namespace},
            {"kind": "Group", "apiGroup": API, "name": f"group-{choose.randrange(300)}"},
        ]
        objects.append(
            {
                "kind": "RoleBinding",
                "metadata": {"name": f"binding-{number}", "namespace": namespace},
                "roleRef": {"apiGroup": API, "kind": "ClusterRole", "name": f"role-{choose.randrange(500)}"},
                "subjects": subjects,
            }
        )
    return objects


def request(choose: random.Random) -> dict[str, Any]:
    namespace = choose.choice(NAMESPACES)
    return {
        "user": f"system:serviceaccount:{namespace}:account-{choose.randrange(50)}",
        "groups": ["system:serviceaccounts", "system:authenticated", f"group-{choose.randrange(300)}"],
        "verb": choose.choice(VERBS),
        "group": choose.choice(["", "apps"]),
        "resource": choose.choice(["pods", "secrets", "jobs", "deployments"]),
        "namespace": namespace,
        "name": "x",
    }


def per_second() -> tuple[float, float]:
    """Return requests per second of the whole process once the cluster is read, and the share that is allowed."""
    choose = random.Random(1)  # noqa: S311  # repeatable, not secret
    first = json.dumps({"id": 0, "objects": cluster(choose, 10_000), "request": request(choose)}) + "\n"
    rest = "".join(json.dumps({"id": i, "objects_ref": 0, "request": request(choose)}) + "\n" for i in range(REQUESTS))
    command = [sys.executable, "-m", "trustpath", "decide", "rbac"]
    start = time.perf_counter()
    subprocess.run(command, input=first.encode(), stdout=subprocess.PIPE, check=True)
    warm = time.perf_counter()
    done = subprocess.run(command, input=(first + rest).encode(), stdout=subprocess.PIPE, check=True)
    seconds = (time.perf_counter() - warm) - (warm - start)
    return REQUESTS / seconds, done.stdout.count(b'"allowed":true') / REQUESTS


def memory() -> tuple[float, float]:
    """Return the MB that 100,000 bindings take, and the microseconds of a decision over them."""
    choose = random.Random(1)  # noqa: S311  # repeatable, not secret
    tracemalloc.start()
    roles: list[tuple[RoleKind, Role]] = [
        ("ClusterRole", Role(Metadata(f"role-{i}"), [PolicyRule(["get"], [""], ["pods"])])) for i in range(500)
    ]
    bindings: list[tuple[BindingKind, Binding]] = []
    for number in range(100_000):
        namespace = NAMESPACES[number % len(NAMESPACES)]
        subjects = [Subject("ServiceAccount", f"account-{choose.randrange(500)}", namespace)]
        reference = RoleRef("ClusterRole", f"role-{choose.randrange(500)}", API)
        bindings.append(("RoleBinding", Binding(Metadata(f"b-{number}", namespace=namespace), reference, subjects)))
    authorizer = Authorizer(roles, bindings)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    asked = [(service_account(n, "account-1"), ResourceRequest("get", "", "pods", namespace=n)) for n in NAMESPACES]
    start = time.perf_counter()
    for _ in range(50):
        for user, wanted in asked:
            authorizer.decide(user, wanted)
    return held / 1e6, (time.perf_counter() - start) / (50 * len(asked)) * 1e6


def reverse() -> tuple[float, float]:
    """Return the median milliseconds of who-can, and of a refusal's near misses, over 10,000 bindings."""
    choose = random.Random(1)  # noqa: S311  # repeatable, not secret
    objects = cluster(choose, 9_000)
    # A tenth of the bindings are the cluster's: they count for every namespace.
    for number in range(1_000):
        reference = {"apiGroup": API, "kind": "ClusterRole", "name": f"role-{choose.randrange(500)}"}
        subjects = [{"kind": "Group", "apiGroup": API, "name": f"group-{choose.randrange(300)}"}]
        metadata = {"name": f"cluster-{number}"}
        objects.append({"kind": "ClusterRoleBinding", "metadata": metadata, "roleRef": reference, "subjects": subjects})
    roles: Any = [(item["kind"], msgspec.convert(item, Role)) for item in objects if item["kind"] == "ClusterRole"]
    bindings: Any = [(item["kind"], msgspec.convert(item, Binding)) for item in objects if "roleRef" in item]
    authorizer = Authorizer(roles, bindings)
    asked = [ResourceRequest(choose.choice(VERBS), "", "secrets", "", choose.choice(NAMESPACES)) for _ in range(300)]
    nobody = service_account("team-1", "nobody")
    times: tuple[list[float], list[float]] = ([], [])
    for wanted in asked[:20] + asked:
        start = time.perf_counter()
        who_can(authorizer, wanted)
        middle = time.perf_counter()
        rule_misses(authorizer, nobody, wanted)
        grant_misses(authorizer, nobody, wanted, lambda _, __: None)
        times[0].append(middle - start)
        times[1].append(time.perf_counter() - middle)
    return statistics.median(times[0][20:]) * 1e3, statistics.median(times[1][20:]) * 1e3


def main() -> int:
    print(f"{platform.python_implementation()} {platform.python_version()}, one core, {platform.machine()}")
    rate, share = per_second()
    held, microseconds = memory()
    who, misses = reverse()
    print(f"10,000 bindings   {rate:,.0f} requests per second, JSON in and out (at least 50,000), {share:.0%} allowed")
    print(f"100,000 bindings  {held:,.0f} MB (limit 1,024 MB), {microseconds:.1f} µs for a request")
    print(f"10,000 bindings   {who:.2f} ms for who-can (limit 10 ms), {misses:.2f} ms for the near misses of a refusal")
    return int(rate < 50_000 or held > 1024 or who > 10)


if __name__ == "__main__":
    raise SystemExit(main())
