"""The program in a shell: as kubectl's plugin, completed, and its help tried out."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.cli.run import run
from tests.live.cluster import FakeCluster, kubeconfig, serving
from tests.live.questions import objects_of
from trustpath.cli.main import cli

ROOT = Path(__file__).parent.parent.parent
CASE = ROOT / "tests" / "field_cases" / "control-004-loki" / "snapshot"
PLUGIN = Path(sys.executable).parent / "kubectl-trustpath"


def plugin(*words: str, name: str = "kubectl-trustpath") -> str:
    return subprocess.run([PLUGIN.parent / name, *words], capture_output=True, text=True, check=True).stdout


def test_as_a_plugin_of_kubectl_the_usage_says_so() -> None:
    assert plugin("why", "--help").startswith("Usage: kubectl trustpath why ")
    assert plugin("why", "--help", name="trustpath").startswith("Usage: trustpath why ")


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not there")
def test_kubectl_finds_the_plugin() -> None:
    path = {**os.environ, "PATH": f"{PLUGIN.parent}{os.pathsep}{os.environ['PATH']}"}
    found = subprocess.run(["kubectl", "trustpath", "--version"], env=path, capture_output=True, text=True, check=True)
    assert found.stdout.startswith("trustpath ")


def test_kubectl_completes_the_plugin() -> None:
    lines = plugin("sn", name="kubectl_complete-trustpath").splitlines()
    assert lines[0].startswith("snapshot\t")
    assert lines[-1] == ":4"
    assert any(
        line.startswith("--kubeconfig") for line in plugin("why", "--k", name="kubectl_complete-trustpath").split()
    )


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts_for_shells(shell: str) -> None:
    found = run("completion", shell)
    assert found.code == 0
    assert "_TRUSTPATH_COMPLETE" in found.out
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=found.out, text=True, check=True)


def test_contexts_are_completed(tmp_path: Path) -> None:
    file = kubeconfig(tmp_path, "http://x.test", name="production")
    words = "trustpath why --context "
    environment = {**os.environ, "KUBECONFIG": str(file), "_TRUSTPATH_COMPLETE": "bash_complete", "COMP_WORDS": words,
                   "COMP_CWORD": "3"}  # fmt: skip
    command = [PLUGIN.parent / "trustpath"]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "plain,production" in found.stdout


def commands(group: click.Group, prefix: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    found: list[tuple[tuple[str, ...], click.Command]] = []
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        found.append(((*prefix, name), command))
        if isinstance(command, click.Group):
            found += commands(command, (*prefix, name))
    return found


def examples(text: str) -> list[str]:
    joined = re.sub(r"\\\n\s*", " ", text)
    return [match[1].strip() for match in re.finditer(r"^\s*(?:[^\n]*\| )?(trustpath [^\n|]*)", joined, re.MULTILINE)]


WORKFLOW = """apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: report, namespace: team-a}
spec: {templates: [{name: main, container: {image: alpine}}]}
"""
EVENT = (
    '{"kind": "Event", "stage": "ResponseComplete", "verb": "list", "user": {"username": '
    '"system:serviceaccount:team-a:reports"}, "objectRef": {"resource": "pods", "namespace": "team-a"}}\n'
)
CALL = '{"Records": [{"eventSource": "sts.amazonaws.com", "eventName": "GetCallerIdentity"}]}'
EXAMPLES = sorted({line for _, command in commands(cli) for line in examples(command.help or "")})


def test_every_live_command_shows_examples() -> None:
    shown = {" ".join(name) for name, command in commands(cli) if examples(command.help or "")}
    assert {
        "why",
        "whoami",
        "scan",
        "audit argo",
        "doctor",
        "fix",
        "impact",
        "permissions",
        "snapshot save",
        "completion",
    } <= shown


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_of_the_help_are_understood(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is run where what it names is there: it may find nothing, but it is not refused as wrong use."""
    shutil.copytree(CASE, tmp_path / "dump")
    shutil.copytree(CASE, tmp_path / "aws")
    (tmp_path / "deploy").mkdir()
    for name in ("rbac.yaml", "kubernetes.yaml", "aws-auth.yaml", "deploy/all.yaml"):
        shutil.copy(CASE / "kubernetes.yaml", tmp_path / name)
    (tmp_path / "known.json").write_text('{"schemaVersion": "x", "findings": []}')
    (tmp_path / "tfplan.json").write_text('{"format_version": "1.2", "terraform_version": "1.13.0"}')
    (tmp_path / "claims.json").write_text('{"email": "dev@example.com"}')
    (tmp_path / "workflow.yaml").write_text(WORKFLOW)
    (tmp_path / "audit.log").write_text(EVENT)
    (tmp_path / "events.json").write_text(CALL)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "events.json").write_text(CALL)
    (tmp_path / "policies").mkdir()
    for name in ("trust-policy.json", "trust.json", "policies/*.json"):
        (tmp_path / name).write_text('{"Version": "2012-10-17", "Statement": []}')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path))
    words = shlex.split(re.split(r"\s(?:>|\|)\s?", example)[0])[1:]
    with serving(FakeCluster(objects_of(CASE))) as cluster:
        monkeypatch.setenv("KUBECONFIG", str(kubeconfig(tmp_path, cluster.url)))
        run("snapshot", "save", "cluster.trustpath")
        for name in ("monday.trustpath", "tuesday.trustpath"):
            shutil.copy("cluster.trustpath", name)
        found = run(*words, stdin=(CASE / "kubernetes.yaml").read_bytes())
    assert "Traceback" not in found.err
    for complaint in ("no such option", "Missing", "missing argument", "invalid value", "too many", "no such file"):
        assert complaint not in found.err.lower(), found.err


@pytest.mark.parametrize("words", [(), ("snapshot",)])
def test_without_a_command_the_help_is_shown(words: tuple[str, ...]) -> None:
    found = run(*words)
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith("Usage: trustpath ")
    assert "\nCommands:\n" in found.err


def test_an_argument_that_is_missing_is_said_in_one_line() -> None:
    found = run("completion")
    assert (found.code, found.out) == (2, "")
    assert "Choose from: bash, zsh, fish" in found.err
