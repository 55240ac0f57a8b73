"""How long an audit of Argo Workflows takes, and how fast an audit log becomes a Role.

    python benchmarks/argo.py [WORKFLOWS] [MEGABYTES]

A namespace has ten workflows, five service accounts, three roles and three bindings.
"""

import json
import platform
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from trustpath.facts.audit_log import read_audit_logs
from trustpath.facts.dumps import read_dumps
from trustpath.scan.argo_audit import audit_argo

FACTS = Path(__file__).parent.parent / "tests" / "audits" / "hardened.yaml"
SECONDS = 2.0
"""For an audit of ten thousand workflows."""
SPEED = 50.0
"""Megabytes of an audit log per second."""
RBAC = "rbac.authorization.k8s.io"


def namespaces(count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number in range(count):
        name = f"team-{number:05}"
        found.append({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        for index in range(5):
            meta = {"name": f"worker-{index}", "namespace": name}
            found.append({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta})
        for index in range(3):
            meta = {"name": f"executor-{index}", "namespace": name}
            rule = {"apiGroups": ["argoproj.io"], "resources": ["workflowtaskresults"], "verbs": ["create", "patch"]}
            subject = {"kind": "ServiceAccount", "name": f"worker-{index}", "namespace": name}
            reference = {"apiGroup": RBAC, "kind": "Role", "name": meta["name"]}
            found.append({"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": meta, "rules": [rule]})
            found.append(
                {"apiVersion": f"{RBAC}/v1", "kind": "RoleBinding", "metadata": meta, "roleRef": reference,
                 "subjects": [subject]}
            )  # fmt: skip
        for index in range(10):
            spec = {
                "entrypoint": "main",
                "serviceAccountName": f"worker-{index % 3}",
                "templates": [{"name": "main", "container": {"image": "alpine", "args": ["--input", "{{inputs.x}}"]}}],
            }
            meta = {"name": f"job-{index}", "namespace": name}
            found.append({"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": meta, "spec": spec})
    return found


def events(megabytes: int) -> str:
    event: dict[str, Any] = {
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": "0f3c5c1e-1b1f-4b8e-9d52",
        "stage": "ResponseComplete", "requestURI": "/api/v1/namespaces/team-a/configmaps/settings?timeout=10s",
        "verb": "get", "user": {"username": "", "groups": ["system:serviceaccounts", "system:authenticated"]},
        "sourceIPs": ["10.0.0.1"], "userAgent": "client/v1.35", "responseStatus": {"metadata": {}, "code": 200},
        "objectRef": {"resource": "configmaps", "namespace": "team-a", "name": "", "apiVersion": "v1"},
        "annotations": {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": "RBAC: allowed"},
    }  # fmt: skip
    lines: list[str] = []
    size = number = 0
    while size < megabytes * 1_000_000:
        number += 1
        event["user"]["username"] = f"system:serviceaccount:team-a:worker-{number % 10}"
        event["objectRef"]["name"] = f"settings-{number % 500}"
        lines.append(json.dumps(event))
        size += len(lines[-1]) + 1
    return "\n".join(lines)


def main() -> int:
    workflows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    megabytes = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "audit.log"
        log.write_text(events(megabytes), encoding="utf-8")
        started = time.perf_counter()
        read_audit_logs((str(log),), "system:serviceaccount:team-a:worker-1")
        speed = megabytes / (time.perf_counter() - started)
        log.unlink()
        items = [value for value in yaml.safe_load_all(FACTS.read_text(encoding="utf-8")) if value]
        facts = Path(folder) / "facts.json"
        everything = {"apiVersion": "v1", "kind": "List", "items": items + namespaces(workflows // 10)}
        facts.write_text(json.dumps(everything), encoding="utf-8")
        started = time.perf_counter()
        snapshot, places = read_dumps([str(facts)])
        read = time.perf_counter() - started
        started = time.perf_counter()
        report = audit_argo(snapshot, places, "")
        audited = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"Python {platform.python_version()}, {platform.machine()}")
    print(f"audit log of {megabytes} MB: {speed:.0f} MB/s (limit {SPEED:.0f})")
    print(f"{workflows} workflows: read {read:.2f} s, audit {audited:.2f} s (limit {SECONDS} s for 10,000)")
    print(f"{len(report.findings)} findings, {memory:.0f} MB at most")
    return 0 if speed >= SPEED and audited <= SECONDS * workflows / 10_000 else 1


if __name__ == "__main__":
    sys.exit(main())
