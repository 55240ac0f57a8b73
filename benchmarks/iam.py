"""Decisions per second of the IAM engine, and of iam-simulate on the same questions where it is installed.

`make bench`; `make peers` installs iam-simulate. Each question has conditions, and every decision carries its
reason. A second part decides over thousands of roles and watches memory; a third matches hostile patterns.
"""

import json
import platform
import shutil
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from trustpath.engine.iam.decision import Decision, decide
from trustpath.engine.iam.document import Policy, compile_policy
from trustpath.engine.iam.layers import Policies
from trustpath.engine.iam.request import IamUser, OidcPrincipal, Present, Principal, Request, RequestContext
from trustpath.model.policy import parse_policy

PEERS = Path(__file__).parent.parent / "tests" / "peers"
ACCOUNT = "111122223333"
ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Pod",
            "Effect": "Allow",
            "Principal": {"Federated": PROVIDER},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {
                    f"{ISSUER}:sub": "system:serviceaccount:shop:api",
                    f"{ISSUER}:aud": "sts.amazonaws.com",
                }
            },
        }
    ],
}
IDENTITY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "List",
            "Effect": "Allow",
            "Action": ["s3:ListBucket", "s3:GetBucketLocation"],
            "Resource": "arn:aws:s3:::data",
            "Condition": {"StringLike": {"s3:prefix": ["home/*", "public/*"]}},
        },
        {
            "Sid": "Objects",
            "Effect": "Allow",
            "Action": ["s3:GetObject*", "s3:PutObject"],
            "Resource": "arn:aws:s3:::data/home/*",
            "Condition": {
                "Bool": {"aws:SecureTransport": "true"},
                "IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "198.51.100.0/24"]},
            },
        },
        {
            "Sid": "Region",
            "Effect": "Deny",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}},
        },
        {"Sid": "Tables", "Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"},
    ],
}
REPEATS = 50_000


def questions(kind: str) -> list[dict[str, object]]:
    """Return one allowed and one denied question in the format of ``trustpath decide iam``."""
    found: list[dict[str, object]] = []
    for ok in (True, False):
        if kind == "web identity":
            caller = {"type": "oidc", "provider": PROVIDER, "account": ACCOUNT}
            subject = f"system:serviceaccount:shop:{'api' if ok else 'web'}"
            context = {f"{ISSUER}:sub": subject, f"{ISSUER}:aud": "sts.amazonaws.com", "sts:RoleSessionName": "s"}
            request = {"action": "sts:AssumeRoleWithWebIdentity", "resource": ROLE, "context": context}
            policies: dict[str, object] = {"identity": [], "resource": TRUST}
        else:
            caller = {"type": "iam-user", "arn": f"arn:aws:iam::{ACCOUNT}:user/alice", "account": ACCOUNT}
            context = {
                "aws:SecureTransport": "true",
                "aws:SourceIp": "203.0.113.7" if ok else "192.0.2.1",
                "aws:RequestedRegion": "eu-west-1",
            }
            request = {"action": "s3:GetObject", "resource": "arn:aws:s3:::data/home/alice/x", "context": context}
            policies = {"identity": [IDENTITY], "resource": None}
        found.append(
            {"id": ok, "request": {"principal": caller, "resource_account": ACCOUNT, **request}, "policies": policies}
        )
    return found


def policy(name: str, document: object) -> Policy:
    return compile_policy(name, parse_policy(json.dumps(document)))


def asker(kind: str) -> Callable[[dict[str, str], str, str], Decision]:
    """Return what decides one question; the policies are compiled once, the request is made anew each time."""
    if kind == "web identity":
        caller: Principal = OidcPrincipal(PROVIDER, "aws", ACCOUNT)
        policies = Policies(resource=policy("trust policy", TRUST))
    else:
        caller = IamUser(f"arn:aws:iam::{ACCOUNT}:user/alice", ACCOUNT)
        policies = Policies(identity=(policy("identity", IDENTITY),))

    def ask(context: dict[str, str], action: str, resource: str) -> Decision:
        known = RequestContext({key: Present((value,)) for key, value in context.items()})
        return decide(Request(caller, action, resource, known, ACCOUNT), policies)

    return ask


def per_second(kind: str) -> float:
    ask = asker(kind)
    asked = [json.loads(json.dumps(question))["request"] for question in questions(kind)]
    best = 0.0
    for _ in range(3):
        start = time.perf_counter()
        for _ in range(REPEATS):
            for request in asked:
                decision = ask(request["context"], request["action"], request["resource"])
                _ = decision.result, decision.layer, decision.statements
        best = max(best, REPEATS * len(asked) / (time.perf_counter() - start))
    return best


def peer_per_second(kind: str) -> float | None:
    if not shutil.which("node") or not (PEERS / "node_modules").is_dir():
        return None
    data = "\n".join(json.dumps(question) for question in questions(kind))
    command = ["node", str(PEERS / "simulate.mjs"), "--repeat", str(REPEATS // 5)]
    done = subprocess.run(command, input=data, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout)["perSecond"])


def roles() -> tuple[float, float, float]:
    """Decide 10,000 times over 2,000 roles. Return seconds, and megabytes held after the half and at the end."""
    documents = [json.dumps(TRUST).replace(":shop:api", f":shop:api-{number}") for number in range(2000)]
    tracemalloc.start()
    compiled = [compile_policy("trust policy", parse_policy(text)) for text in documents]
    caller = OidcPrincipal(PROVIDER, "aws", ACCOUNT)
    held = []
    start = time.perf_counter()
    for number in range(10_000):
        subject = f"system:serviceaccount:shop:api-{number % 2000}"
        context = RequestContext(
            {f"{ISSUER}:sub": Present((subject,)), f"{ISSUER}:aud": Present(("sts.amazonaws.com",))}
        )
        request = Request(caller, "sts:AssumeRoleWithWebIdentity", ROLE, context, ACCOUNT)
        if decide(request, Policies(resource=compiled[number % 2000])).result != "allowed":
            raise SystemExit("the benchmark decides wrongly")
        if number in (4_999, 9_999):
            held.append(tracemalloc.get_traced_memory()[0] / 1e6)
    seconds = time.perf_counter() - start
    tracemalloc.stop()
    return seconds, held[0], held[1]


def hostile() -> float:
    """Return the longest time in milliseconds of one decision on 6,144 characters of wildcards, with compiling."""
    slowest = 0.0
    user = IamUser(f"arn:aws:iam::{ACCOUNT}:user/alice", ACCOUNT)
    long = "arn:aws:s3:::" + "a" * 1000 + "b"
    request = Request(user, "s3:" + "a" * 100 + "b", long, RequestContext({}), ACCOUNT)
    room = 6_000
    for resources in (
        ["arn:aws:s3:::" + "a*" * (room // 2) + "c"],
        ["arn:aws:s3:::" + "?*" * (room // 2) + "c"],
        ["arn:aws:s3:::" + "*a?" * (room // 3) + "c"],
        ["arn:aws:s3:::" + "*" + "a?" * (room // 2)],
        ["arn:aws:s3:::*a*?c"] * (room // 20),
        [f"*{number}?" for number in range(room // 7)],
        [f"*{number}*b" for number in range(room // 7)],
        ["*?"] * (room // 5),
    ):
        text = json.dumps({**IDENTITY, "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": resources}]})
        document = parse_policy(text)
        taken = []
        for _ in range(5):
            start = time.perf_counter()
            decide(request, Policies(identity=(compile_policy("identity", document),)))
            taken.append(time.perf_counter() - start)
        slowest = max(slowest, statistics.median(taken))
    return slowest * 1000


def main() -> int:
    print(f"{platform.python_implementation()} {platform.python_version()}, one core, {platform.machine()}")
    failed = False
    for kind, least in (("web identity", 100_000), ("identity", 60_000)):
        ours, theirs = per_second(kind), peer_per_second(kind)
        beside = (
            f"iam-simulate {theirs:9,.0f}, {ours / theirs:.1f} times" if theirs else "iam-simulate is not installed"
        )
        print(f"{kind:<14} {ours:9,.0f} decisions per second (at least {least:,})   {beside}", flush=True)
        failed |= ours < least or (theirs is not None and ours < 5 * theirs)
    seconds, half, end = roles()
    print(
        f"2,000 roles    10,000 decisions in {seconds:.2f} s, {half:.1f} MB held after half of them, "
        f"{end:.1f} MB at the end"
    )
    slowest = hostile()
    print(f"hostile        a policy of 6,144 characters of wildcards takes {slowest:.1f} ms at most (limit 10 ms)")
    return int(failed or end > half * 1.05 or slowest > 10)


if __name__ == "__main__":
    sys.exit(main())
