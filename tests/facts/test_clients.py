"""How clients come to their identity: kubeconfigs, AWS profiles, Terraform's providers. No secret of theirs is kept."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.causes.pages import CLUSTER
from trustpath.answer import answer
from trustpath.facts.dumps import read_dumps
from trustpath.model.question import AskedRequest, PrincipalToCluster
from trustpath.model.snapshot import Snapshot
from trustpath.model.trace import Trace
from trustpath.paths import follow_question

CI = "arn:aws:sts::111122223333:assumed-role/ci/build-7"
RUNNER = "arn:aws:sts::111122223333:assumed-role/runner/i"


def read(tmp_path: Path, **files: str) -> Snapshot:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return read_dumps([str(tmp_path)])[0]


def ask(tmp_path: Path, principal: str, **files: str) -> Trace:
    (tmp_path / "cluster.yaml").write_text(CLUSTER, encoding="utf-8")
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    snapshot, places = read_dumps([str(tmp_path)])
    assert snapshot.left_out == ()
    request = AskedRequest("list", "", "pods", "", "payments")
    return answer(follow_question(snapshot, PrincipalToCluster(principal, request)), places)


KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: prod
clusters:
- {name: a, cluster: {server: "https://a"}}
- {name: prod, cluster: {server: "https://prod", certificate-authority-data: Q0E=}}
contexts:
- {name: old, context: {cluster: a, user: fixed}}
- {name: prod, context: {cluster: prod, user: ci}}
users:
- {name: fixed, user: {token: sesame-sesame}}
- name: ci
  user:
    client-key-data: sesame-sesame
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      command: aws
      args: [eks, get-token, --cluster-name=prod, --role-arn, "arn:aws:iam::111122223333:role/x"]
      env:
      - {name: AWS_PROFILE, value: work}
      - {name: AWS_SECRET_ACCESS_KEY, value: sesame-sesame}
"""


def test_the_current_context_counts(tmp_path: Path) -> None:
    snapshot = read(tmp_path, config=KUBECONFIG)
    (found,) = snapshot.kubeconfigs()
    plugin = found.value.plugin

    assert (found.value.context, found.value.server) == ("prod", "https://prod")
    assert plugin is not None
    assert (plugin.cluster_name, plugin.role_arn, plugin.profile) == (
        "prod",
        "arn:aws:iam::111122223333:role/x",
        "work",
    )
    assert b"sesame" not in msgspec.json.encode(found)


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: Config\nclusters: null\nusers: null\ncontexts: null\n",
        "apiVersion: v1\nkind: Config\nclusters: []\ncontexts:\n- {name: x}\n",
        "apiVersion: v1\nkind: Config\nclusters: [{name: a}]\ncontexts: [{name: x, context: {cluster: a, user: b}}]\n"
        "users: [{name: b}]\n",
    ],
)
def test_kubeconfigs_with_missing_parts(tmp_path: Path, text: str) -> None:
    assert len(read(tmp_path, config=text).kubeconfigs()) == 1


def test_profiles(tmp_path: Path) -> None:
    text = (
        "[default]\nregion = eu-west-1\naws_secret_access_key = sesame\n\n[profile work]\n"
        "role_arn = arn:aws:iam::111122223333:role/work\nsource_profile = default\n"
    )
    profiles = read(tmp_path, config=text).aws_profiles()

    assert [(item.value.name, item.value.role_arn, item.value.line) for item in profiles] == [
        ("default", "", 1),
        ("work", "arn:aws:iam::111122223333:role/work", 5),
    ]
    assert b"sesame" not in msgspec.json.encode(profiles)


def plan(**providers: Any) -> str:
    return json.dumps(
        {
            "format_version": "1.2",
            "terraform_version": "1.9.0",
            "configuration": {
                "provider_config": {
                    key: {"name": key, "expressions": expressions} for key, expressions in providers.items()
                }
            },
        },
        indent=1,
    )


AWS = {"assume_role": [{"role_arn": {"constant_value": "arn:aws:iam::111122223333:role/ci"}}]}
EXEC: dict[str, Any] = {
    "host": {"references": ["module.eks.cluster_endpoint"]},
    "exec": [
        {
            "api_version": {"constant_value": "client.authentication.k8s.io/v1beta1"},
            "command": {"constant_value": "aws"},
            "args": {"constant_value": ["eks", "get-token", "--cluster-name", "prod"]},
        }
    ],
}
TOKEN = {
    "host": {"references": ["module.eks.cluster_endpoint"]},
    "token": {"references": ["data.aws_eks_cluster_auth.this.token", "data.aws_eks_cluster_auth.this"]},
}


@pytest.mark.parametrize("name", ["kubernetes", "helm"])
def test_an_exec_section_without_the_providers_role(tmp_path: Path, name: str) -> None:
    client = {"kubernetes": [EXEC]} if name == "helm" else EXEC
    trace = ask(tmp_path, RUNNER, **{"plan.json": plan(aws=AWS, **{name: client})})

    assert (trace.outcome, trace.causes[0].id) == ("denied", "wrong-aws-identity")
    assert trace.causes[0].evidence[0].line > 0
    assert "--role-arn" in trace.causes[0].help[0]


def test_a_role_in_the_exec_section_is_right(tmp_path: Path) -> None:
    arguments = ["eks", "get-token", "--cluster-name", "prod", "--role-arn", "arn:aws:iam::111122223333:role/ci"]
    client = {**EXEC, "exec": [{**EXEC["exec"][0], "args": {"constant_value": arguments}}]}
    trace = ask(tmp_path, RUNNER, **{"plan.json": plan(aws=AWS, kubernetes=client)})

    assert "wrong-aws-identity" not in [cause.id for cause in trace.causes]


def test_a_token_of_the_plan_makes_a_bare_401_likely_an_old_token(tmp_path: Path) -> None:
    caller = json.dumps({"UserId": "AROA:build-7", "Account": "111122223333", "Arn": CI})
    files = {"plan.json": plan(aws=AWS, kubernetes=TOKEN), "caller.json": caller, "apply.log": "Error: Unauthorized\n"}
    trace = ask(tmp_path, CI, **files)

    assert trace.outcome == "unknown"
    assert [(cause.id, cause.confidence) for cause in trace.causes[:1]] == [("token-expired", "likely")]


def test_a_log_of_somebody_else_is_not_asked(tmp_path: Path) -> None:
    assert ask(tmp_path, CI, **{"apply.log": "Error: Unauthorized\n"}).outcome == "allowed"
    line = (
        'level=warning msg="access denied" arn="arn:aws:iam::111122223333:role/other" '
        'error="input token was not properly formatted: X-Amz-Date parameter is expired (15 minute expiration)"\n'
    )
    assert ask(tmp_path, CI, **{"authenticator.log": line}).outcome == "allowed"
    mine = ask(tmp_path, CI, **{"authenticator.log": line.replace("role/other", "role/ci")})
    assert (mine.outcome, mine.http_status, mine.causes[0].id) == ("denied", 401, "token-expired")


def test_plans_of_another_form_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text('{"format_version": "1", "terraform_version": "1", "configuration": []}')
    (tmp_path / "cluster.yaml").write_text(CLUSTER)
    snapshot, _ = read_dumps([str(tmp_path)])

    assert "terraform show -json" in snapshot.left_out[0].problem


@pytest.mark.parametrize(
    ("user", "cause"),
    [
        ("system:serviceaccount:runners:default", "client-wrong-identity"),
        ("arn:aws:sts::111122223333:assumed-role/laptop/me", "wrong-aws-identity"),
    ],
)
def test_a_log_names_another_user_than_the_one_that_would_be_let_in(tmp_path: Path, user: str, cause: str) -> None:
    line = (
        f'Error: pods is forbidden: User "{user}" cannot list resource "pods" in API group "" '
        'in the namespace "payments"\n'
    )
    trace = ask(tmp_path, CI, **{"terraform.log": line})

    assert (trace.outcome, trace.http_status) == ("denied", 403)
    assert [found.id for found in trace.causes] == [cause]
    other = ask(tmp_path, CI, **{"terraform.log": line.replace("list", "delete")})
    assert other.outcome == "allowed"


def test_lines_that_the_aws_cli_passes_over(tmp_path: Path) -> None:
    text = "[default]\nregion\n  nested\nx = \x01\n= y\n[profile  a ]  \nROLE_ARN=arn:aws:iam::111122223333:role/a\n[\n"
    profiles = read(tmp_path, config=text).aws_profiles()

    assert [(item.value.name, item.value.role_arn) for item in profiles] == [
        ("default", ""),
        ("a", "arn:aws:iam::111122223333:role/a"),
    ]
