"""``trustpath doctor``: every action is tried or said not to be, and a refusal is told from what is not there."""

from pathlib import Path
from typing import Any

import msgspec

from tests.live.cluster import FakeCluster, kubeconfig, serving, status
from trustpath.facts.live.aws_api import AwsApi, AwsOptions, CallError
from trustpath.facts.live.connection import Options, connect
from trustpath.facts.live.deadline import Deadline
from trustpath.facts.live.doctor import check
from trustpath.facts.live.kubernetes_api import KubernetesApi
from trustpath.facts.live.permissions import COMMANDS
from trustpath.model.checkup import Checkup
from trustpath.model.reads import AwsRead, permission_of
from trustpath.render import doctor_text
from trustpath.render.terminal import Terminal

ALLOWED: dict[str, Any] = {
    "SelfSubjectReview": {"userInfo": {"username": "jane", "groups": ["dev"]}},
    "SelfSubjectAccessReview": {"allowed": True},
}


class Account(AwsApi):
    """An account in which nothing of any name exists, and that refuses some actions."""

    def __init__(self, *refused: str, absent: bool = True) -> None:
        super().__init__(AwsOptions(), Deadline(10))
        self.refused = refused
        self.absent = absent
        self.asked: list[AwsRead] = []

    def call(self, read: AwsRead, *, one_page: bool = False) -> bytes:
        self.asked.append(read)
        if read.operation == "GetCallerIdentity":
            arn = "arn:aws-cn:sts::111122223333:assumed-role/audit/me"
            return msgspec.json.encode({"UserId": "A", "Account": "111122223333", "Arn": arn})
        if read.action in self.refused:
            raise CallError("denied", f"An error occurred (AccessDenied) when calling the {read.operation} operation")
        if self.absent:
            raise CallError("absent", f"An error occurred (ResourceNotFoundException): no {read.subject}")
        return b"{}"


def examine(
    tmp_path: Path, account: Account, cluster: FakeCluster, name: str = "prod", command: str = "why"
) -> Checkup:
    with serving(cluster):
        deadline = Deadline(10)
        api = KubernetesApi(connect(Options(str(kubeconfig(tmp_path, cluster.url))), deadline), deadline)
        return check(command, COMMANDS[command], api, account, name, deadline)


def states(found: Checkup) -> dict[str, str]:
    return {item.name: item.state for item in found.checks}


def test_every_action_is_told_of(tmp_path: Path) -> None:
    for command, needs in COMMANDS.items():
        found = states(examine(tmp_path, Account(), FakeCluster([], reviews=ALLOWED), command=command))
        permissions = {permission_of(action) for action in needs.aws} - {""}
        assert {f"can {permission}" for permission in permissions} <= found.keys(), command


def test_what_is_refused_is_no_and_what_is_not_there_is_yes(tmp_path: Path) -> None:
    account = Account("iam:GetRole", absent=True)
    found = states(examine(tmp_path, account, FakeCluster([], reviews=ALLOWED)))
    assert found["can iam:GetRole"] == "no"
    assert found["can iam:ListRolePolicies"] == "ok"
    assert found["can s3:GetBucketPolicy"] == "untried"
    entry = next(read for read in account.asked if read.operation == "DescribeAccessEntry")
    assert entry.subject == "arn:aws-cn:iam::111122223333:role/trustpath-doctor"


def test_a_cluster_that_eks_does_not_know_is_no(tmp_path: Path) -> None:
    assert states(examine(tmp_path, Account(), FakeCluster([], reviews=ALLOWED)))["can eks:DescribeCluster"] == "no"
    found = states(examine(tmp_path, Account(absent=False), FakeCluster([], reviews=ALLOWED)))
    assert found["can eks:DescribeCluster"] == "ok"


def test_credentials_that_the_api_server_does_not_take(tmp_path: Path) -> None:
    cluster = FakeCluster([], refuse=lambda call: (401, status(401, "Unauthorized")) if call.method == "POST" else None)
    found = examine(tmp_path, Account(absent=False), cluster)
    assert states(found)["is known to the API server"] == "no"
    assert not any(name.startswith(("can get", "can list")) for name in states(found))
    assert "permissions" not in doctor_text.render(found, Terminal(color=False, width=100, unicode=True))
