"""Scans saved snapshots of three sizes: time and memory beside those of reading the file alone.

    python benchmarks/scan.py [PODS ...]

Half as many service accounts as pods, a fifth as many roles; every account has a role, one in fifty is not trusted.
"""

import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.pods import pod
from trustpath.facts import snapshot_file
from trustpath.facts.collected import Collected
from trustpath.facts.dumps import read_dumps
from trustpath.model.answers import Answers
from trustpath.model.reads import AwsRead, KubernetesRead, ReadResult
from trustpath.model.saved import Header
from trustpath.scan import scan
from trustpath.scan.scope import CLUSTER, NAMESPACED, Scope

SIZES = (10_000, 30_000, 100_000)
ACCOUNT = "111122223333"
ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF"
LIMITS = {10_000: 1024, 100_000: 2048}
"""The most megabytes for a number of pods."""


def arn(number: int) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/role-{number}"


def account_of(number: int, roles: int) -> tuple[str, str, int]:
    """Return namespace, name and role of a service account."""
    return f"team-{number % 50}", f"account-{number}", number % roles


def role(number: int, accounts: int, roles: int) -> dict[str, Any]:
    own = [account_of(n, roles) for n in range(number, accounts, roles)]
    subjects = [f"system:serviceaccount:{space}:{name}" for space, name, _ in own if number % 50]
    condition = {"StringEquals": {f"{ISSUER}:sub": subjects or ["x"], f"{ISSUER}:aud": "sts.amazonaws.com"}}
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
    statement = {"Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity"}
    return {
        "Arn": arn(number),
        "RoleName": f"role-{number}",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{**statement, "Condition": condition}]},
        "RolePolicyList": [],
        "AttachedManagedPolicies": [],
        "Tags": [],
    }


def write(file: Path, pods: int) -> None:
    """Write a snapshot with so many pods."""
    accounts, roles = pods // 2, pods // 5
    collected = Collected(Answers())
    for number in range(pods):
        namespace, name, index = account_of(number % accounts, roles)
        item = pod(number)
        item["metadata"]["namespace"] = namespace
        item["spec"]["serviceAccountName"] = name
        next(v for v in item["spec"]["containers"][0]["env"] if v["name"] == "AWS_ROLE_ARN")["value"] = arn(index)
        collected.add_object("Pod", json.dumps(item).encode())
    for number in range(accounts):
        namespace, name, index = account_of(number, roles)
        annotations = {"eks.amazonaws.com/role-arn": arn(index)}
        metadata = {"name": name, "namespace": namespace, "annotations": annotations}
        collected.add_object("ServiceAccount", json.dumps({"metadata": metadata}).encode())
    for number in range(200):
        node = {"metadata": {"name": f"ip-10-0-{number}-7.eu-west-1.compute.internal"},
                "status": {"nodeInfo": {"kubeletVersion": "v1.35.1"}}}  # fmt: skip
        collected.add_object("Node", json.dumps(node).encode())
    cluster = {"name": "prod", "arn": f"arn:aws:eks:eu-west-1:{ACCOUNT}:cluster/prod", "version": "1.35",
               "identity": {"oidc": {"issuer": f"https://{ISSUER}"}}}  # fmt: skip
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
    details = {"RoleDetailList": [role(n, accounts, roles) for n in range(roles)], "IsTruncated": False}
    own = {"UserId": "x", "Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/operator"}
    for read, answer in (
        (AwsRead("sts:GetCallerIdentity"), own),
        (AwsRead("eks:DescribeCluster", (("name", "prod"),)), {"cluster": cluster}),
        (AwsRead("eks:ListPodIdentityAssociations", (("clusterName", "prod"),)), {"associations": []}),
        (AwsRead("iam:GetAccountAuthorizationDetails", (("Filter", "Role,LocalManagedPolicy"),)), details),
        (AwsRead("iam:GetOpenIDConnectProvider", (("OpenIDConnectProviderArn", provider),)),
         {"Url": ISSUER, "ClientIDList": ["sts.amazonaws.com"], "ThumbprintList": []}),
    ):  # fmt: skip
        collected.add_answer(read, json.dumps(answer).encode())
        collected.add_result(read, ReadResult("read"))
    for kind in (*NAMESPACED, *CLUSTER):
        collected.add_result(KubernetesRead(kind), ReadResult("read"))
    snapshot_file.write(file, Header(1, "0", "2026-03-02T09:00:00Z"), collected)


def measure(file: str) -> None:
    """Print seconds for reading and for scanning, the counts, and the peak of memory, as JSON."""
    start = time.perf_counter()
    snapshot, places = read_dumps([file])
    read = time.perf_counter()
    report = scan(snapshot, places, Scope())
    end = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps([read - start, end - read, report.counts.asked, report.counts.denied, peak]))


def main() -> int:
    if sys.argv[1:2] == ["--measure"]:
        measure(sys.argv[2])
        return 0
    failed = False
    print(f"CPython {platform.python_version()}, {platform.machine()}, one core")
    print(f"{'pods':>8}{'file':>10}{'read':>10}{'scan':>10}{'asked':>9}{'denied':>8}{'scan/read':>11}{'memory':>10}")
    for pods in map(int, sys.argv[1:]) if sys.argv[1:] else SIZES:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "cluster.trustpath"
            write(file, pods)
            command = [sys.executable, __file__, "--measure", str(file)]
            runs = [json.loads(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(3)]
            read, scanned, asked, denied, peak = sorted(runs)[1]
            limit = LIMITS.get(pods, 0)
            failed |= bool(limit and peak > limit)
            size = file.stat().st_size / 1e6
            print(f"{pods:>8,}{size:>7.1f} MB{read:>8.2f} s{scanned:>8.2f} s{asked:>9,}{denied:>8,}"
                  f"{scanned / read:>11.2f}{peak:>7,} MB", flush=True)  # fmt: skip
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
