"""What a fix costs beside the question itself, in a snapshot of 5,000 service accounts.

    python benchmarks/fix.py

The facts of ``benchmarks/scan.py``: 10,000 pods, 5,000 service accounts, 2,000 roles. An account whose role does not
trust it is asked about, and one that lacks a right, among 5,000 bindings.
"""

import json
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.scan import account_of, write
from trustpath.answer import answer, with_fixes
from trustpath.facts.dumps import read_dumps
from trustpath.model.question import AskedRequest, KubernetesRequest, PodToAws, Question
from trustpath.paths import follow_question

PODS = 10_000
LIMIT = 2.0
GROUP = "rbac.authorization.k8s.io"


def bindings(count: int) -> list[dict[str, Any]]:
    """Return a role and a binding for each account, each for listing pods."""
    admin = {"name": "cluster-admin"}
    found: list[dict[str, Any]] = [
        {"apiVersion": f"{GROUP}/v1", "kind": "ClusterRole", "metadata": admin, "rules": []},
        {"apiVersion": f"{GROUP}/v1", "kind": "ClusterRoleBinding", "metadata": admin, "subjects": [],
         "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", **admin}},
    ]  # fmt: skip
    for number in range(count):
        namespace, name, _ = account_of(number, 1)
        metadata = {"name": name, "namespace": namespace}
        rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}
        reference = {"apiGroup": GROUP, "kind": "Role", "name": name}
        subject = {"kind": "ServiceAccount", **metadata}
        found.append({"apiVersion": f"{GROUP}/v1", "kind": "Role", "metadata": metadata, "rules": [rule]})
        found.append({"apiVersion": f"{GROUP}/v1", "kind": "RoleBinding", "metadata": metadata, "roleRef": reference,
                      "subjects": [subject]})  # fmt: skip
    return found


def measure(file: str, bound: str) -> None:
    """Print seconds of the question with reading, and of what its fixes take besides, as JSON, for both questions."""
    account = "system:serviceaccount:team-7:account-7"
    rows = []
    questions: list[tuple[str, Question]] = [
        (file, PodToAws("ServiceAccount", "team-0", "account-0")),
        (
            bound,
            KubernetesRequest(account, ("system:authenticated",), AskedRequest("delete", "", "pods", "", "team-7")),
        ),
    ]
    for source, question in questions:
        start = time.perf_counter()
        snapshot, places = read_dumps([source])
        walk = follow_question(snapshot, question)
        trace = answer(walk, places)
        asked = time.perf_counter()
        fixes = with_fixes(trace, walk)[0].fixes
        rows.append([asked - start, time.perf_counter() - asked, len(fixes)])
    print(json.dumps(rows))


def main() -> int:
    if sys.argv[1:2] == ["--measure"]:
        measure(*sys.argv[2:])
        return 0
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        file, bound = Path(folder) / "cluster.trustpath", Path(folder) / "rbac.json"
        write(file, PODS)
        bound.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": bindings(PODS // 2)}))
        command = [sys.executable, __file__, "--measure", str(file), str(bound)]
        runs = [json.loads(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(3)]
    print(f"CPython {platform.python_version()}, {platform.machine()}, one core")
    for number, name in enumerate(("a role that does not trust the account", "a right that is not there")):
        asked, fixed, count = sorted(run[number] for run in runs)[1]
        failed |= asked + fixed > LIMIT * asked or not count
        print(f"{name:<40} question {asked:.2f} s, {count} fixes {fixed:.2f} s: "
              f"{(asked + fixed) / asked:.2f} times (limit {LIMIT:g})")  # fmt: skip
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
