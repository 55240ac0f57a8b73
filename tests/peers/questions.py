"""Random questions in the format of ``trustpath decide iam``, the same for the same seed."""

import random
from collections.abc import Iterator
from typing import Any

OWN, OTHER = "111122223333", "444455556666"
USER = {"type": "iam-user", "arn": f"arn:aws:iam::{OWN}:user/alice", "account": OWN}
SESSION = {
    "type": "role-session",
    "arn": f"arn:aws:sts::{OWN}:assumed-role/app/s1",
    "role_arn": f"arn:aws:iam::{OWN}:role/app",
    "account": OWN,
}
FOREIGN = {"type": "iam-user", "arn": f"arn:aws:iam::{OTHER}:user/eve", "account": OTHER}
SERVICE = {"type": "service", "name": "pods.eks.amazonaws.com"}
ANONYMOUS = {"type": "anonymous"}
KEYS: dict[str, tuple[list[str], list[str], list[str]]] = {
    # key: operators, operands, values
    "aws:PrincipalTag/team": (
        ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "Null"],
        ["alpha", "al*a", "*", "b?ta", "${aws:username}", "alice"],
        ["alpha", "beta", "Alpha", "a*"],
    ),
    "s3:max-keys": (
        ["NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericGreaterThanEquals"],
        ["10", "20", "5"],
        ["10", "11", "010"],
    ),
    "aws:SourceIp": (
        ["IpAddress", "NotIpAddress"],
        ["203.0.113.0/24", "2001:db8:1234:5678::/64", "198.51.100.1"],
        ["203.0.113.7", "198.51.100.1", "2001:db8:1234:5678::1"],
    ),
    "aws:CurrentTime": (
        ["DateEquals", "DateLessThan", "DateNotEquals"],
        ["2024-01-01T00:00:00Z", "2024-05-01T00:00:00Z"],
        ["2024-01-01T00:00:00Z", "2024-06-01T00:00:00Z", "2024-01-01"],
    ),
    "aws:SecureTransport": (["Bool"], ["true", "false"], ["true", "false"]),
    "aws:SourceArn": (
        ["ArnEquals", "ArnLike", "ArnNotLike"],
        ["arn:aws:sns:us-east-1:111122223333:topic-*", "arn:aws:sns:*:111122223333:*"],
        ["arn:aws:sns:us-east-1:111122223333:topic-a", "arn:aws:sns:us-west-2:111122223333:x:y"],
    ),
    "aws:username": (["StringEquals", "StringNotEquals"], ["alice", "carol"], ["alice", "bob"]),
    "aws:TagKeys": (["StringEquals", "StringNotLike"], ["team", "env", "t*"], ["team", "env"]),
}
ACTIONS = {
    "s3": ("s3:GetObject", ["s3:GetObject", "s3:*", "s3:Get*", "*", "s3:PutObject", "S3:getobject"]),
    "sts": ("sts:AssumeRole", ["sts:AssumeRole", "sts:AssumeRole*", "sts:TagSession"]),
    "kms": ("kms:Decrypt", ["kms:Decrypt", "kms:*", "*"]),
}
RESOURCES = {
    "s3": [
        "*",
        "arn:aws:s3:::data/*",
        "arn:aws:s3:::data/${aws:username}/*",
        "arn:aws:s3:::other/*",
        "arn:aws:s3:::d*/x/?",
    ],
    "sts": ["*", f"arn:aws:iam::{OWN}:role/target", "arn:aws:iam::*:role/*"],
    "kms": ["*", f"arn:aws:kms:*:{OWN}:key/*"],
}
TARGETS = {
    "s3": ["arn:aws:s3:::data/x/y", "arn:aws:s3:::data/alice/q"],
    "sts": [f"arn:aws:iam::{OWN}:role/target"],
    "kms": [f"arn:aws:kms:eu-west-1:{OWN}:key/1"],
}
PRINCIPALS = [
    {"AWS": OWN},
    {"AWS": f"arn:aws:iam::{OWN}:root"},
    {"AWS": USER["arn"]},
    {"AWS": [SESSION["role_arn"], FOREIGN["arn"]]},
    {"AWS": SESSION["arn"]},
    {"AWS": "*"},
    {"AWS": OTHER},
    {"Service": SERVICE["name"]},
]


class Maker:
    """Makes questions from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  # repeatable, not secret

    def questions(self, number: int, *, identity_only: bool = False) -> Iterator[dict[str, Any]]:
        for index in range(number):
            yield self._question(index, identity_only=identity_only)

    def _chance(self, part: float) -> bool:
        return self._random.random() < part

    def _condition(self) -> dict[str, Any]:
        block: dict[str, Any] = {}
        for _ in range(self._random.choice((0, 0, 1, 1, 2))):
            key = self._random.choice(sorted(KEYS))
            operators, operands, _ = KEYS[key]
            name = self._random.choice(operators)
            values: list[str] = [self._random.choice(operands) for _ in range(self._random.choice((1, 1, 2)))]
            if name == "Null":
                values = [self._random.choice(("true", "false"))]
            elif self._chance(0.6 if key == "aws:TagKeys" else 0.1):
                name = self._random.choice(("ForAnyValue:", "ForAllValues:")) + name
            elif self._chance(0.25):
                name += "IfExists"
            block.setdefault(name, {})[key] = values[0] if len(values) == 1 else values
        return block

    def _statement(self, service: str, *, resource_policy: bool) -> dict[str, Any]:
        trust = resource_policy and service == "sts"
        statement: dict[str, Any] = {"Effect": "Deny" if self._chance(0.18) else "Allow"}
        if self._chance(0.1) and not trust:
            statement["NotAction"] = self._random.choice(("s3:PutObject", "ec2:*", "sts:TagSession"))
        else:
            statement["Action"] = self._random.choice(ACTIONS[service][1])
        if not trust:
            element = "NotResource" if self._chance(0.08) else "Resource"
            statement[element] = self._random.choice(RESOURCES[service])
        if resource_policy:
            statement["Principal"] = self._random.choice(PRINCIPALS)
        block = self._condition()
        return {**statement, "Condition": block} if block else statement

    def _document(self, service: str, *, resource_policy: bool = False) -> dict[str, Any]:
        number = self._random.randint(1, 3)
        found = [self._statement(service, resource_policy=resource_policy) for _ in range(number)]
        return {"Version": "2012-10-17", "Statement": found}

    def _question(self, index: int, *, identity_only: bool) -> dict[str, Any]:
        service = self._random.choice(("s3", "s3", "sts", "kms"))
        caller = self._random.choice((USER, SESSION, FOREIGN, SERVICE, ANONYMOUS))
        if identity_only:
            service, caller = "s3", USER
        with_identity = caller not in (SERVICE, ANONYMOUS)
        full = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        layers: dict[str, Any] = dict.fromkeys(("resource", "boundary", "session", "scps", "rcps"))
        layers["identity"] = [self._document(service) for _ in range(self._random.choice((0, 1, 1, 2)) * with_identity)]
        if not identity_only:
            # A role and a key always have a policy of their own.
            if service != "s3" or self._chance(0.6):
                layers["resource"] = self._document(service, resource_policy=True)
            if with_identity and self._chance(0.3):
                layers["boundary"] = [self._document(service)]
            if caller is SESSION and self._chance(0.3):
                layers["session"] = self._document(service)
            if with_identity and self._chance(0.2):
                layers["scps"] = [[self._random.choice((full, self._document(service)))] for _ in range(2)]
            if self._chance(0.15):
                deny = {"Effect": "Deny", "Principal": "*", "Action": ACTIONS[service][0], "Resource": "*"}
                block = self._condition()
                layers["rcps"] = [[{"Version": "2012-10-17", "Statement": [{**deny, "Condition": block}]}]]
        return {
            "id": index,
            "request": {
                "principal": caller,
                "action": ACTIONS[service][0],
                "resource": self._random.choice(TARGETS[service]),
                "resource_account": OWN,
                "context": self._context(),
            },
            "policies": layers,
        }

    def _context(self) -> dict[str, Any]:
        context: dict[str, Any] = {}
        for key, (_, _, values) in KEYS.items():
            if self._chance(0.6):
                several = self._random.sample(values, self._random.choice((1, 2)))
                context[key] = several if key == "aws:TagKeys" else several[0]
        return context
