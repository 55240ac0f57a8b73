"""``trustpath why`` from the outside: what is printed where, exit codes, and every way to use it wrongly."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.causes.pages import POD as HEALTHY
from tests.causes.pages import block, facts
from tests.cli.run import run
from trustpath.causes import catalogue

CASES = Path(__file__).parent.parent / "field_cases"
SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "trace-v1.schema.json").read_text(encoding="utf-8"))
POD = ("pod/checkout-5f7c9d-x2x4z", "-n", "payments")


@pytest.fixture
def healthy(tmp_path: Path) -> str:
    path = tmp_path / "healthy.yaml"
    path.write_text(HEALTHY, encoding="utf-8")
    return str(path)


@pytest.fixture
def denied(tmp_path: Path) -> str:
    found = block(catalogue.page("trust-sub-namespace-mismatch"), "facts")
    assert found
    path = tmp_path / "denied.yaml"
    path.write_text(facts(found.text), encoding="utf-8")
    return str(path)


def test_exit_codes(healthy: str, denied: str, tmp_path: Path) -> None:
    for output in ("text", "json"):
        assert run("why", *POD, "--from", healthy, "-o", output).code == 0
        assert run("why", *POD, "--from", denied, "-o", output).code == 1
        assert run("why", *POD, "s3:GetObject", "--from", healthy, "-o", output).code == 3
        assert run("why", *POD, "--from", str(tmp_path / "nowhere"), "-o", output).code == 2


def test_nothing_on_standard_output_when_the_command_fails(healthy: str) -> None:
    for wrong in (["why"], ["why", *POD], ["why", "x/y", "--from", healthy], ["why", "pod/zz", "--from", healthy]):
        result = run(*wrong)

        assert result.code == 2
        assert result.out == ""
        assert result.err.count("\n") <= 4
        assert "Traceback" not in result.err


@pytest.mark.parametrize(
    ("words", "says", "hint"),
    [
        (["checkout"], "`checkout` is not a workload", "pod/NAME"),
        (["arn:aws:iam::1:role/x", "list", "pods"], "is not the ARN of a role", "arn:aws:iam::<account>:role/<name>"),
        (["arn:aws:s3:::bucket", "list", "pods"], "is no IAM principal", "get-caller-identity"),
        (["user/jane"], "what does user/jane want to do?", "list pods"),
        (["user/jane", "list"], "`list` what?", "list pods"),
        (["user/", "list", "pods"], "names nobody", "user/NAME"),
        (["sa/x", "list", "widgets"], "no resource that every cluster has", "widgets.GROUP"),
        (["svc/x"], "`svc` is no kind of workload", "deploy"),
        (["pod/"], "names no Pod", "pod/NAME"),
        (["pod/a/b"], "names no Pod", "pod/NAME"),
        (["pod/a", "get"], "`get` what?", "list pods"),
        (["pod/a", "sts:AssumeRoleWithWebIdentity", "checkout"], "`checkout` is not the ARN of a role", "role/<name>"),
        (["pod/a", "s3:GetObject", "arn:aws:s3:::b/k", "more"], "one word too many", "an action and a resource"),
    ],
)
def test_questions_that_cannot_be_understood(words: list[str], says: str, hint: str, healthy: str) -> None:
    result = run("why", *words, "--from", healthy)

    assert result.code == 2
    assert says in result.err
    assert hint in result.err


@pytest.mark.parametrize(
    "words", [["pod", "checkout-5f7c9d-x2x4z"], ["po/checkout-5f7c9d-x2x4z"], ["sa/payments:checkout"]]
)
def test_spellings_of_a_workload(words: list[str], healthy: str) -> None:
    assert run("why", *words, "-n", "payments", "--from", healthy).code == 0


def test_unknown_container(healthy: str) -> None:
    result = run("why", *POD, "-c", "sidecar", "--from", healthy)

    assert result.code == 2
    assert "has no container sidecar" in result.err
    assert "it has app" in result.err


def test_json_is_the_published_contract(healthy: str, denied: str) -> None:
    for path in (healthy, denied):
        document = json.loads(run("why", *POD, "--from", path, "-o", "json").out)

        jsonschema.validate(document, SCHEMA)
        assert document["schemaVersion"] == "trustpath.dev/trace/v1"
        assert document["question"]["kind"] == "pod-to-aws"
        assert [link["id"] for link in document["links"]][:3] == ["workload", "service-account", "binding"]


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir() if (path / "snapshot").is_dir()))
def test_json_of_every_case_is_valid(case: str) -> None:
    import yaml

    question = yaml.safe_load((CASES / case / "case.yaml").read_text(encoding="utf-8"))["question"]
    words = ["why", f"pod/{question['pod']}", "-n", question["namespace"]]

    result = run(*words, "--from", str(CASES / case / "snapshot"), "-o", "json")

    jsonschema.validate(json.loads(result.out), SCHEMA)
    assert result.err == ""


def test_standard_input(healthy: str) -> None:
    assert run("why", *POD, "--from", "-", stdin=Path(healthy).read_bytes()).code == 0
    denied = run("why", *POD, "--from", "-", stdin=HEALTHY.replace("payments:checkout", "shop:checkout").encode())
    assert denied.code == 1
    assert "--> <stdin>:" in denied.out


def test_colour_follows_the_terminal(denied: str) -> None:
    def colored(**options: object) -> bool:
        arguments = options.pop("arguments", ())
        assert isinstance(arguments, tuple)
        return "\x1b[" in run("why", *POD, "--from", denied, *arguments, **options).out  # type: ignore[arg-type]

    plain = {"NO_COLOR": "", "FORCE_COLOR": "0", "TERM": "xterm"}
    assert not colored(environment=plain)
    assert colored(environment=plain, terminal=True)
    assert not colored(environment={**plain, "NO_COLOR": "1"}, terminal=True)
    assert not colored(environment={**plain, "TERM": "dumb"}, terminal=True)
    assert colored(environment={**plain, "FORCE_COLOR": "1"})
    assert colored(environment={**plain, "NO_COLOR": "1"}, arguments=("--color", "always"))
    assert not colored(environment=plain, terminal=True, arguments=("--color", "never"))


def test_ascii_where_the_stream_has_no_more(healthy: str) -> None:
    result = run("why", *POD, "--from", healthy, encoding="ascii")

    assert result.code == 0
    assert result.out.isascii()
    assert "assumed-role/checkout/..." in result.out


def test_names_cannot_harm_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "hostile.yaml"
    hostile = HEALTHY.replace(
        "eks.amazonaws.com/role-arn: arn:aws:iam::111122223333:role/checkout",
        'eks.amazonaws.com/role-arn: "arn:aws:iam::1:role/\\e]0;x\\a\\u202e\\e[2J"',
    )
    path.write_text(hostile, encoding="utf-8")

    for arguments in ((), ("--color", "always")):
        shown = run("why", "sa/payments:checkout", "--from", str(path), *arguments).out
        assert "\x1b]" not in shown
        assert "\x1b[2J" not in shown
        assert "\u202e" not in shown
        assert "\\x1b]0;x\\x07" in shown


def test_commands_quote_hostile_names(tmp_path: Path) -> None:
    found = block(catalogue.page("sa-annotation-missing"), "facts")
    assert found
    path = tmp_path / "facts.yaml"
    text = facts(found.text)
    for old, new in (
        ("serviceAccountName: checkout", 'serviceAccountName: "$(reboot)"'),
        ("  name: checkout\n  namespace", '  name: "$(reboot)"\n  namespace'),
        ("payments:checkout", "payments:$(reboot)"),
    ):
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")

    shown = run("why", *POD, "--from", str(path)).out

    assert "kubectl annotate serviceaccount '$(reboot)' -n payments" in shown


def test_no_secret_leaves(tmp_path: Path) -> None:
    """One line holds a whole pod with keys and a token; only the value that matters is shown."""
    token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2V4YW1wbGUifQ.c2lnbmF0dXJl"  # made up
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "x", "namespace": "payments"},
        "spec": {
            "serviceAccountName": "checkout",
            "containers": [
                {
                    "name": "app",
                    "env": [
                        {"name": "AWS_SECRET_ACCESS_KEY", "value": "hunter2hunter2"},
                        {"name": "AWS_ACCESS_KEY_ID", "value": "AKIAEXAMPLEEXAMPLE12"},
                        {"name": "AWS_ROLE_ARN", "value": "arn:aws:iam::111122223333:role/checkout"},
                        {"name": "AWS_WEB_IDENTITY_TOKEN_FILE", "value": "/nowhere/token"},
                        {"name": "T", "value": token},
                    ],
                }
            ],
        },
    }
    (tmp_path / "pod.json").write_text(json.dumps(pod))
    (tmp_path / "rest.yaml").write_text(HEALTHY)
    line = f"AccessDenied token={token} secret: hunter2hunter2"
    for log in ("app.log", "x.log"):  # a log of the pod is shown beside its answer
        (tmp_path / log).write_text(line + "\n")

    for output in ("text", "json"):
        result = run("why", "pod/x", "-n", "payments", "--from", str(tmp_path), "-o", output)

        assert result.code == 1
        for secret in ("hunter2", "AKIAEXAMPLE", token):
            assert secret not in result.out + result.err


def test_the_log_beside_an_answer_shows_no_secret(healthy: str, tmp_path: Path) -> None:
    log = tmp_path / f"{POD[0].removeprefix('pod/')}.log"
    log.write_text('AccessDenied {"aws_secret_access_key":"hunter2/","password":"hunter2"} for user\n')

    for output in ("text", "json"):
        result = run("why", *POD, "--from", healthy, "--from", str(log), "-o", output)

        assert log.name in result.out
        assert "for user" in result.out
        assert "hunter2" not in result.out


@pytest.mark.parametrize("kind", ["ServiceAccount", "Role", "OpenIDConnectProvider", "Pod"])
def test_the_commands_for_missing_facts_quote_hostile_names(kind: str, tmp_path: Path) -> None:
    text = facts(f"# without: {kind}\n" if kind != "Pod" else "")
    for old, new in (
        ("name: checkout-5f7c9d-x2x4z", "name: 'a;$(reboot)'"),
        ("namespace: payments", "namespace: '$(id)'"),
    ):
        text = text.replace(old, new)
    (tmp_path / "facts.yaml").write_text(text.replace("serviceAccountName: checkout", "serviceAccountName: '`id`'"))

    result = run("why", "pod/a;$(reboot)", "-n", "$(id)", "--from", str(tmp_path), "-o", "json")

    trace = json.loads(result.out)
    commands = [need["command"] for link in trace["links"] for need in link["needs"]]
    assert commands
    for command in commands:
        bare = re.sub(r"'[^']*'", "", command)
        assert not set(bare) & set(";$`()"), command


def test_what_could_not_be_read_is_said(healthy: str, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text('{"Role": ')

    result = run("why", *POD, "--from", str(tmp_path))

    assert "left out: 1 place could not be read" in result.out
    assert "broken.json:1:10: not JSON" in result.out


def test_a_reader_that_goes_away(denied: str) -> None:
    command = f"{sys.executable} -m trustpath why {' '.join(POD)} --from {denied} | head -1"

    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)

    assert result.stdout.startswith("denied")
    assert result.stderr == ""


def test_an_internal_error_is_one_line(healthy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("trustpath.facts.dumps.read_dumps", fail)

    result = run("why", *POD, "--from", healthy)

    assert result.code == 2
    assert "internal error: RuntimeError: boom" in result.err
    assert "Traceback" not in result.err
    with pytest.raises(RuntimeError):
        run("why", *POD, "--from", healthy, environment={"TRUSTPATH_DEBUG": "1"})


def test_interrupt(healthy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("trustpath.facts.dumps.read_dumps", stop)

    assert run("why", *POD, "--from", healthy).code == 130


def test_python_m_trustpath(healthy: str) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "trustpath", "why", *POD, "--from", healthy],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )

    assert result.returncode == 0
    assert result.stdout.startswith("allowed")


def test_a_cluster_that_is_not_there(healthy: str) -> None:
    result = run("why", *POD, "--cluster-name", "nope", "--from", healthy)

    assert result.code == 2
    assert "no cluster nope in these facts" in result.err
    assert "they hold prod" in result.err


def test_an_arn_is_no_action(healthy: str) -> None:
    result = run("why", *POD, "arn:aws:s3:::orders", "--from", healthy)

    assert result.code == 2
    assert "is not an AWS action" in result.err


def test_the_role_is_not_denied_when_only_the_permission_is_unknown(healthy: str) -> None:
    shown = run("why", *POD, "s3:GetObject", "--from", healthy).out

    says = "gets role checkout; whether role checkout may s3:GetObject depends on what was not read"
    assert says in " ".join(shown.split())


def test_its_own_log_is_shown_beside_an_answer_that_it_contradicts(healthy: str, tmp_path: Path) -> None:
    line = "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied"
    (tmp_path / "checkout-5f7c9d-x2x4z.app.log").write_text(f"start\n{line}\n")
    (tmp_path / "other.log").write_text(f"{line} of another pod\n")

    result = run("why", *POD, "--from", str(tmp_path))

    assert result.code == 0
    assert "its log tells of a denial" in result.out
    assert "checkout-5f7c9d-x2x4z.app.log:2" in result.out
    assert line in result.out
    assert "of another pod" not in result.out


def test_refused_is_not_the_same_as_not_read(tmp_path: Path) -> None:
    text = HEALTHY[: HEALTHY.index("---\nRole:")]
    (tmp_path / "facts.yaml").write_text(text)
    refused = (
        "An error occurred (AccessDenied) when calling the GetRole operation: User: u is not authorized to perform: "
    )
    (tmp_path / "role.txt").write_text(f"{refused}iam:GetRole on resource: role checkout\n")

    result = run("why", *POD, "--from", str(tmp_path))

    assert result.code == 3
    assert "was refused (iam:GetRole)" in result.out
    assert "(refused: iam:GetRole)" in result.out


def test_a_narrow_terminal_keeps_to_its_width(denied: str) -> None:
    from unittest import mock

    with mock.patch("shutil.get_terminal_size", return_value=os.terminal_size((60, 24))):
        shown = run("why", *POD, "--from", denied, "--color", "never", terminal=True).out

    prose = [line for line in shown.splitlines() if not line.startswith(("  --> ", "  ::: ", "      aws ", "   = "))]
    assert max(len(line) for line in prose) <= 72


def test_a_number_in_a_condition_is_shown_as_it_is_written() -> None:
    documents = [document for document in yaml.safe_load_all(HEALTHY) if document]
    role = next(document["Role"] for document in documents if "Role" in document)
    condition = role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["StringEquals"]
    condition[next(key for key in condition if key.endswith(":aud"))] = 0
    dump = yaml.safe_dump_all(documents).encode()

    for output in ("text", "json"):
        result = run("why", "pod/checkout-5f7c9d-x2x4z", "-n", "payments", "--from", "-", "-o", output, stdin=dump)
        assert result.code == 1
        assert "the trust policy demands" in " ".join(result.out.split())
        assert "audience `0`" in " ".join(result.out.split())
