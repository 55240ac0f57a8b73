"""Random aws-auth ConfigMaps and tokens, with every mistake of their rules now and then."""

import base64
import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, quote_plus

ACCOUNT = "111122223333"
ARNS = [
    f"arn:aws:iam::{ACCOUNT}:role/ci",
    f"arn:aws:iam::{ACCOUNT}:role/CI",
    f"arn:aws:iam::{ACCOUNT}:role/team/ci",
    f"arn:aws:iam::{ACCOUNT}:user/ops/jane",
    f"arn:aws:iam::{ACCOUNT}:user/Jane",
    f"arn:aws:iam::{ACCOUNT}:root",
    f"arn:aws:sts::{ACCOUNT}:federated-user/bob",
    f"arn:aws:sts::{ACCOUNT}:assumed-role/ci/s",
    "arn:aws-cn:iam::012345678901:role/node",
    "",
]
CALLERS = [
    *ARNS,
    f"arn:aws:sts::{ACCOUNT}:assumed-role/CI/jane@example.com",
    f"arn:aws:sts::{ACCOUNT}:assumed-role/team/ci/x",
    f"arn:aws:sts::{ACCOUNT}:assumed-role/ci",
    "arn:aws-cn:sts::012345678901:assumed-role/NODE/i-session",
    f"arn:aws:iam::{ACCOUNT}:group/devs",
    f"arn:aws:s3:::{ACCOUNT}",
    f"arn:nowhere:iam::{ACCOUNT}:role/ci",
    "arn:aws:iam::role/ci",
]
TEXTS = [
    "admin",
    "ci:{{SessionName}}",
    "raw:{{SessionNameRaw}}",
    "{{AccountID}}:{{AccessKeyID}}",
    "system:node:{{EC2PrivateDNSName}}",
    "{{ SessionName }}",
    "{{sessionname}}",
    "ä \U0001f600",
]
PLAIN = [
    "~",
    "null",
    "12345",
    "0x1F",
    "1_000",
    "yes",
    "true",
    "2001-01-01",
    "1.5",
    "[a, b]",
    "{a: b}",
    "",
    "'12'",
    "!!str 12",
]
GROUPS = ["system:masters", "view", "ops:{{AccountID}}", "1", "true", "~", "[a]", "{a: b}", '""', "'1'", "1e3", "no"]
ACCOUNTS = [f'"{ACCOUNT}"', ACCOUNT, "012345678901", "0o14", "1.0", "~", "true", "[a]", "'x'", "{a: b}", "2001-01-01"]


class ConfigMaps:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311

    def one(self, words: list[str]) -> str:
        return self.random.choice(words)

    def entry(self, key: str) -> str:
        lines = []
        arns = [key, key, key, key.upper(), key.title(), key.replace("arn", "-arn"), f"{key} "]
        for _ in range(self.random.choice([1, 1, 1, 2])):
            value = json.dumps(self.one(ARNS)) if self.random.random() < 0.9 else self.one(PLAIN)
            lines.append(f"{self.one(arns)}: {value}")
        for _ in range(self.random.choice([0, 1, 1, 2])):
            value = json.dumps(self.one(TEXTS)) if self.random.random() < 0.8 else self.one(PLAIN)
            lines.append(f"{self.one(['username', 'username', 'userName', 'USERNAME', 'user'])}: {value}")
        for _ in range(self.random.choice([0, 1, 1, 1, 2])):
            groups = f"[{', '.join(self.random.choices(GROUPS, k=self.random.randint(0, 3)))}]"
            value = groups if self.random.random() < 0.8 else self.one(PLAIN)
            lines.append(f"{self.one(['groups', 'groups', 'Groups', 'group'])}: {value}")
        if self.random.random() < 0.05:
            lines.append(self.one(["sso: {accountid: x}", "SSO: {}", "sso: null", "sso: text", "sso: []", "Sso: 5"]))
        self.random.shuffle(lines)
        return "- " + "\n  ".join(dict.fromkeys(lines))

    def mappings(self, key: str) -> str:
        if self.random.random() < 0.1:
            return self.one(
                [
                    "",
                    " \n",
                    "``",
                    '""',
                    "''",
                    "null",
                    "a: b",
                    "text",
                    "- - a",
                    "- ~",
                    "- text",
                    "[",
                    "- a: [",
                    "\t- a: b",
                ]
            )
        entries = "\n".join(self.entry(key) for _ in range(self.random.randint(1, 4)))
        return self.one(["", "", "# people\n", "---\n"]) + entries + self.one(["\n", "", "\n---\n- a: b\n", "\n  - x"])

    def accounts(self) -> str:
        items = self.random.choices(ACCOUNTS, k=self.random.randint(0, 3))
        return self.one([f"[{', '.join(items)}]", "\n".join(f"- {item}" for item in items), ACCOUNT, "''", "["])

    def data(self) -> dict[str, str]:
        found = {}
        for key, text in (
            ("mapRoles", self.mappings("rolearn")),
            ("mapUsers", self.mappings("userarn")),
            ("mapAccounts", self.accounts()),
        ):
            if self.random.random() < 0.7:
                found[key if self.random.random() < 0.95 else key.lower()] = text
        return found

    def questions(self, count: int) -> Iterator[dict[str, Any]]:
        for number in range(count):
            asked: dict[str, Any] = {
                "id": f"a{number}",
                "configmap": {"data": self.data()},
                "arn": self.one(CALLERS),
            }
            if self.random.random() < 0.5:
                asked["access_key"] = "ASIAEXAMPLE"
            yield asked


class Tokens:
    """Tokens signed around ``now``, each with one mistake or none."""

    def __init__(self, seed: int, now: datetime) -> None:
        self.random = random.Random(seed)  # noqa: S311
        self.now = now

    def token(self, host: str) -> str:
        pick = self.random.choice
        minutes = pick([0, 0, 1, 5, 14, 16, -10, 100_000])
        date = (self.now - timedelta(minutes=minutes)).strftime("%Y%m%dT%H%M%SZ")
        parameters = [
            ["Action", "GetCallerIdentity"],
            ["Version", "2011-06-15"],
            ["X-Amz-Algorithm", "AWS4-HMAC-SHA256"],
            ["X-Amz-Credential", "ASIAEXAMPLE/20261124/eu-west-1/sts/aws4_request"],
            ["X-Amz-Date", date],
            ["X-Amz-Expires", pick(["60", "0", "900", "+60"])],
            ["X-Amz-SignedHeaders", pick(["host;x-k8s-aws-id", "X-K8s-Aws-Id", "host;x;x-k8s-aws-id"])],
            ["X-Amz-Signature", "ab" * 32],
        ]
        scheme, path, fragment = "https", "/", ""
        mistake = self.random.randrange(32)  # half of the tokens have none
        place = self.random.randrange(len(parameters))
        if mistake == 0:
            scheme = pick(["http", "HTTPS", "", "h ttps", "1https"])
        elif mistake == 1:
            path = pick(["", "//", "/a", "/%2e", "/%", "/ä", "%2F", "/;"])
        elif mistake == 2:
            fragment = pick(["#", "#a", "#%", "#?Action=x"])
        elif mistake == 3:
            parameters.append([parameters[place][0].lower(), parameters[place][1]])
        elif mistake == 4:
            parameters.append([parameters[place][0], parameters[place][1]])
        elif mistake == 5:
            parameters.append([pick(["", "X-Amz-User-Agent", "a b", "x%"]), pick(["", "x"])])
        elif mistake == 6:
            del parameters[place]
        elif mistake == 7:
            parameters[5][1] = pick(
                ["", "901", "-1", "1e2", "60s", "99999999999999999999", "-99999999999999999999", " 60"]
            )
        elif mistake == 8:
            parameters[4][1] = pick(
                ["", "now", date[:8], date + "Z", date[:-1] + ".5Z", date[:-1] + ",5Z", "20261301T000000Z"]
            )
            parameters[4][1] = pick(
                [parameters[4][1], "20260230T000000Z", "20260101T250000Z", "20260101T006000Z", "20260101T000060Z"]
            )
        elif mistake == 9:
            parameters[6][1] = pick(["host", "", "host,x-k8s-aws-id", "host; x-k8s-aws-id"])
        elif mistake == 10:
            parameters[0][1] = pick(["getcalleridentity", "", "AssumeRole"])
        encode = pick([quote, quote_plus])
        query = "&".join(f"{encode(key, safe='')}={encode(value, safe='')}" for key, value in parameters)
        if mistake == 11:
            query += pick(["&", "&&", ";a", "&%", "&%zz=1", "&=", "#"])
        url = f"{scheme}://{host}{path}?{query}{fragment}"
        if mistake == 12:
            url = pick(
                [
                    url.replace("://", ":"),
                    url.replace("https", ""),
                    url[1:],
                    " " + url,
                    url + "\n",
                    url + "\x7f",
                    "é" + url,
                ]
            )
        text = base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
        if mistake == 13:
            text = pick(
                [
                    text + "=",
                    text + "A",
                    text[:-1],
                    text.replace("a", "+", 1),
                    text[:40] + "\n" + text[40:],
                    text[:50] + "é" + text[50:],
                    "",
                ]
            )
        if mistake == 14:
            text += pick(["A" * 4000, "A" * (4096 - 11 - len(text)), "A" * (4097 - 11 - len(text))])
        prefix = pick(["k8s-aws-v1", "K8S-AWS-V1.", "k8s-aws-v2.", ""]) if mistake == 15 else "k8s-aws-v1."
        return prefix + text

    def questions(self, count: int, hosts: list[tuple[str, str, str]]) -> Iterator[dict[str, Any]]:
        """Yield questions; ``hosts`` are partition and region of the cluster, and the token's host."""
        now = self.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        for number in range(count):
            partition, region, host = self.random.choice(hosts)
            token = self.token(host)
            yield {
                "id": f"t{number}",
                "token": token,
                "cluster": "c",
                "partition": partition,
                "region": region,
                "now": now,
            }
