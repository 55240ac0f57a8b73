"""Scans a real kube-apiserver on loopback with many pods, beside the raw paged list of the same objects.

    python benchmarks/live.py [PODS]

Needs the API server that `make real` builds. AWS answers from memory.
"""

import json
import platform
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from demo.live import write_kubeconfig
from tests.real.api_server import ApiServer, program, running

from benchmarks.pods import pod
from benchmarks.scan import ACCOUNT, ISSUER, account_of, arn, role
from trustpath.facts.live.aws_api import CallError
from trustpath.facts.live.connection import Options, connect
from trustpath.facts.live.deadline import Deadline, in_parallel
from trustpath.facts.live.kubernetes_api import KubernetesApi
from trustpath.facts.live.permissions import COMMANDS
from trustpath.facts.live.reader import LiveReader
from trustpath.model.reads import AwsRead, KubernetesRead
from trustpath.scan import Scan
from trustpath.scan.scope import CLUSTER, NAMESPACED, Scope

RUNS = 3
LIMIT = 1.5


class Memory:
    """AWS with the roles of the benchmark."""

    account = ""

    def __init__(self, accounts: int, roles: int) -> None:
        cluster = {"name": "prod", "arn": f"arn:aws:eks:eu-west-1:{ACCOUNT}:cluster/prod", "version": "1.35",
                   "identity": {"oidc": {"issuer": f"https://{ISSUER}"}}}  # fmt: skip
        self._answers: dict[str, dict[str, Any]] = {
            "sts:GetCallerIdentity": {
                "UserId": "x",
                "Account": ACCOUNT,
                "Arn": f"arn:aws:iam::{ACCOUNT}:user/operator",
            },
            "eks:DescribeCluster": {"cluster": cluster},
            "eks:ListPodIdentityAssociations": {"associations": []},
            "eks:ListAccessEntries": {"accessEntries": []},
            "iam:GetAccountAuthorizationDetails": {"RoleDetailList": [role(n, accounts, roles) for n in range(roles)]},
            "iam:GetOpenIDConnectProvider": {
                "Url": ISSUER,
                "ClientIDList": ["sts.amazonaws.com"],
                "ThumbprintList": [],
            },
        }

    def can_ask(self, account: str) -> bool:
        return account in ("", ACCOUNT)

    def call(self, read: AwsRead) -> bytes:
        if read.action not in self._answers:
            raise CallError("absent", "An error occurred (NoSuchEntity)")
        return json.dumps(self._answers[read.action]).encode()


def seed(server: ApiServer, pods: int) -> None:
    accounts, roles = pods // 2, pods // 5
    server.call("POST", "/api/v1/namespaces", {"metadata": {"name": "x"}})
    for number in range(50):
        server.call("POST", "/api/v1/namespaces", {"metadata": {"name": f"team-{number}"}})

    def make_account(number: int) -> None:
        namespace, name, index = account_of(number, roles)
        annotations = {"eks.amazonaws.com/role-arn": arn(index)}
        body = {"metadata": {"name": name, "annotations": annotations}}
        server.call("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts", body)

    def make_pod(number: int) -> None:
        namespace, name, index = account_of(number % accounts, roles)
        item = pod(number)
        item["metadata"]["namespace"] = namespace
        item["spec"]["serviceAccountName"] = name
        next(v for v in item["spec"]["containers"][0]["env"] if v["name"] == "AWS_ROLE_ARN")["value"] = arn(index)
        for key in ("resourceVersion", "uid", "creationTimestamp", "generateName"):
            item["metadata"].pop(key)
        status, answer = server.call("POST", f"/api/v1/namespaces/{namespace}/pods", item)
        if status != 201:
            raise RuntimeError(answer)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(make_account, range(accounts)))
        list(pool.map(make_pod, range(pods)))


def main() -> int:
    pods = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    if not program("kube-apiserver").is_file():
        print("live: kube-apiserver is not built: `make real` does it where Go is there")
        return 0
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as server:
        start = time.perf_counter()
        seed(server, pods)
        print(f"CPython {platform.python_version()}, {platform.machine()}; {pods:,} pods made in "
              f"{time.perf_counter() - start:.0f} s", flush=True)  # fmt: skip
        kubeconfig = write_kubeconfig(server, Path(folder))
        raw, scanned = [], []
        for _ in range(RUNS):
            deadline = Deadline(300)
            api = KubernetesApi(connect(Options(str(kubeconfig)), deadline), deadline)
            lists = [KubernetesRead(kind) for kind in (*NAMESPACED, *CLUSTER)]
            start = time.perf_counter()
            in_parallel(lists, api.read, deadline)
            raw.append(time.perf_counter() - start)
            deadline = Deadline(300)
            api = KubernetesApi(connect(Options(str(kubeconfig)), deadline), deadline)
            reader = LiveReader(api, Memory(pods // 2, pods // 5), deadline, COMMANDS["scan"])
            start = time.perf_counter()
            report = reader.answer(Scan(Scope(cluster="prod")).ask)
            scanned.append(time.perf_counter() - start)
        listed, whole = statistics.median(raw), statistics.median(scanned)
        print(f"raw paged lists {listed:.2f} s, scan {whole:.2f} s: {whole / listed:.2f} times (limit {LIMIT}); "
              f"{report.counts.asked:,} asked, {api.calls} requests")  # fmt: skip
        return int(whole > LIMIT * listed)


if __name__ == "__main__":
    sys.exit(main())
