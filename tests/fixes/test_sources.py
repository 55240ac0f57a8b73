"""--source and --write: a fix in the user's own files, which stay as they are written but for it."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.run import Result, run
from tests.fixes.test_breakages import HEALTHY
from tests.test_impact import CI, NODE, OBJECTS, aws_auth

ACCOUNT = """# the account of checkout
apiVersion: v1
kind: ServiceAccount
metadata:
    name: checkout   # as the chart has it
    namespace: payments
    annotations:
        eks.amazonaws.com/role-arn: 'arn:aws:iam::111122223333:role/chekcout'  # the role
        example.com/owner:   "team checkout"
---
# another one
apiVersion: v1
kind: ServiceAccount
metadata: {name: other, namespace: payments}
"""


def facts(folder: Path, *more: dict[str, Any], **changed: Any) -> str:
    """Write the healthy facts with a service account that names a misspelt role."""
    target = folder / "facts"
    target.mkdir()
    documents = json.loads(json.dumps([*HEALTHY, *more]))
    kubernetes = []
    for number, document in enumerate(documents):
        if document.get("kind") == "ServiceAccount":
            document["metadata"]["annotations"] = changed.get("annotations", WRONG)
        if document.get("kind") == "Pod" and "annotations" in changed:
            document.pop("status", None)
        if "kind" in document:
            kubernetes.append(document)
        else:
            if "Role" in document and "trusted" in changed:
                own, trusted = "system:serviceaccount:payments:checkout", json.dumps(changed["trusted"])[1:-1]
                document = json.loads(json.dumps(document).replace(own, trusted))
            (target / f"answer-{number}.json").write_text(json.dumps(document))
    kubernetes = [item for item in kubernetes if item["kind"] != "Pod"]
    (target / "roles.json").write_text(json.dumps({"Roles": [ROLE_OF_CHECKOUT], "IsTruncated": False}))
    (target / "all.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": kubernetes}))
    return str(target)


ROLE_OF_CHECKOUT = {
    key: value
    for key, value in next(item["Role"] for item in HEALTHY if "Role" in item).items()
    if key != "AssumeRolePolicyDocument"
}
WRONG = {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/chekcout"}


def fix(folder: Path, source: Path, *more: str, subject: str = "deploy/checkout", **changed: Any) -> Result:
    given = facts(folder, **changed)
    return run("fix", subject, "-n", "payments", "--from", given, "--source", str(source), *more)


def test_a_manifest_keeps_what_its_author_wrote(tmp_path: Path) -> None:
    source = tmp_path / "deploy"
    source.mkdir()
    (source / "account.yaml").write_text(ACCOUNT)
    (source / "values.yaml").write_text("image: example/checkout:1\n")

    shown = fix(tmp_path, source, "-o", "json")

    (first, *_) = json.loads(shown.out)["fixes"]
    assert first["in_files"] is True
    (diff,) = first["diffs"]
    assert [line for line in diff["diff"].splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")] == [
        "-        eks.amazonaws.com/role-arn: 'arn:aws:iam::111122223333:role/chekcout'  # the role",
        "+        eks.amazonaws.com/role-arn: 'arn:aws:iam::111122223333:role/checkout'  # the role",
    ]
    assert (source / "account.yaml").read_text() == ACCOUNT


def test_written_and_asked_again(tmp_path: Path) -> None:
    source = tmp_path / "deploy"
    source.mkdir()
    file = source / "account.yaml"
    file.write_text(ACCOUNT)

    result = fix(tmp_path, source, "--write")

    assert result.code == 0, result.err
    assert f"written: {file}" in result.err
    assert file.read_text() == ACCOUNT.replace("role/chekcout", "role/checkout")
    assert sorted(path.name for path in source.iterdir()) == ["account.yaml"]
    words = ("why", "deploy/checkout", "-n", "payments", "--from", str(tmp_path / "facts"))
    assert run(*words).code == 1
    assert run(*words, "--apply", str(file)).code == 0


WIDE = """apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
    name: deploy       # who deploys
    namespace: payments
rules:
    # what they see
    - apiGroups:   [apps]
      resources:
          - deployments   # nothing else

      verbs: ["get"]
"""


@pytest.mark.parametrize("indent", [2, 4])
def test_a_rule_that_is_added_to_a_manifest_of_any_style(tmp_path: Path, indent: int) -> None:
    folder = tmp_path / "rbac"
    folder.mkdir()
    (folder / "all.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": OBJECTS[1:]}))
    text = WIDE if indent == 4 else WIDE.replace("    ", "  ")
    file = tmp_path / "rbac.yaml"
    file.write_text(text)
    words = ("user/dev", "--group", "deployers", "list", "deployments", "-n", "payments", "--from", str(folder))

    result = run("fix", *words, "--source", str(file), "-o", "json")

    diffs = [item["diffs"][0]["diff"] for item in json.loads(result.out)["fixes"] if item["in_files"]]
    changed = [[line for line in diff.splitlines()[2:] if line[:1] in "+-"] for diff in diffs]
    assert changed, result.out
    for lines in changed:
        assert [line[0] for line in lines] in (["-", "+"], ["+"]), lines
        assert "list" in lines[-1]


def test_values_of_a_chart(tmp_path: Path) -> None:
    source = tmp_path / "chart"
    (source / "templates").mkdir(parents=True)
    template = "kind: ServiceAccount\nmetadata:\n  name: checkout\n  annotations:\n{{ toYaml .Values.annotations }}\n"
    (source / "templates" / "account.yaml").write_text(template)
    values = (
        "serviceAccount:\n  annotations:\n    eks.amazonaws.com/role-arn: arn:aws:iam::111122223333:role/chekcout\n"
    )
    (source / "values.yaml").write_text(values)

    result = fix(tmp_path, source, "--write")

    assert result.code == 0, result.err
    assert (source / "values.yaml").read_text() == values.replace("chekcout", "checkout")
    assert (source / "templates" / "account.yaml").read_text() == template


def test_lines_that_end_as_on_windows(tmp_path: Path) -> None:
    file = tmp_path / "account.yaml"
    file.write_bytes(ACCOUNT.replace("\n", "\r\n").encode())

    fix(tmp_path, file, "--write")

    wanted = ACCOUNT.replace("role/chekcout", "role/checkout").replace("\n", "\r\n")
    assert file.read_bytes().decode() == wanted


OTHERS = ACCOUNT.replace("name: checkout ", "name: another ")
ANCHORED = """apiVersion: v1
kind: ServiceAccount
metadata:
  name: checkout
  namespace: payments
  annotations: &common
    eks.amazonaws.com/role-arn: arn:aws:iam::111122223333:role/chekcout
  labels: *common
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("account.yaml", OTHERS),
        ("account.yaml", ANCHORED),
        ("account.yaml", ACCOUNT.replace("namespace: payments", "namespace: shop")),
        ("values.yaml", "role: x   # was arn:aws:iam::111122223333:role/chekcout\n"),
        ("values.yaml", "a: arn:aws:iam::111122223333:role/chekcout\nb: arn:aws:iam::111122223333:role/chekcout\n"),
    ],
    ids=["another object", "an alias", "another namespace", "a comment", "twice"],
)
def test_what_is_not_surely_meant_stays(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text)

    result = fix(tmp_path, file, "--write")

    assert file.read_text() == text
    assert "not all of the fix stands in these files" in result.err


def test_an_object_that_stands_twice_is_not_guessed(tmp_path: Path) -> None:
    source = tmp_path / "deploy"
    source.mkdir()
    for name in ("one.yaml", "two.yaml"):
        (source / name).write_text(ACCOUNT)

    result = fix(tmp_path, source, "--write")

    assert "not all of the fix stands in these files" in result.err
    assert (source / "one.yaml").read_text() == (source / "two.yaml").read_text() == ACCOUNT


TRUST = "system:serviceaccount:payments:chekcout"
ROLE = f"""# roles
resource "aws_iam_role" "other" {{
  name               = "other"
  assume_role_policy = jsonencode({{ Statement = [{{ Sub = "{TRUST}" }}] }})
}}

resource "aws_iam_role" "checkout" {{
  name = "checkout"   # as the cluster knows it
  assume_role_policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = {{ Federated = local.provider }}
      Condition = {{ StringEquals = {{
        "${{local.issuer}}:sub" = "{TRUST}"
        "${{local.issuer}}:aud" = "sts.amazonaws.com"
      }} }}
    }}]
  }})
}}
"""
DOCUMENT = f"""data "aws_iam_policy_document" "trust" {{
  statement {{
    actions = ["sts:AssumeRoleWithWebIdentity"]
    condition {{
      test     = "StringEquals"
      variable = "${{local.issuer}}:sub"
      values   = ["{TRUST}"]
    }}
  }}
}}

resource "aws_iam_role" "checkout" {{
  name               = "checkout"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}}
"""
GOOD = {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/checkout"}


@pytest.mark.parametrize("text", [ROLE, DOCUMENT], ids=["jsonencode", "policy document"])
def test_the_trust_policy_of_a_role_in_terraform(tmp_path: Path, text: str) -> None:
    file = tmp_path / "roles.tf"
    file.write_text(text)

    result = fix(tmp_path, file, "--write", annotations=GOOD, trusted=TRUST)

    assert result.code == 0, result.err
    start = text.index('resource "aws_iam_role" "checkout"') if text is ROLE else 0
    both = f'"{TRUST}", "system:serviceaccount:payments:checkout"'
    wanted = f"[{both}]" if text is ROLE else both  # what is a list already stays one
    assert file.read_text() == text[:start] + text[start:].replace(f'"{TRUST}"', wanted)


def test_what_would_need_escapes_is_left_to_its_owner(tmp_path: Path) -> None:
    hostile = 'system:serviceaccount:payments:"${file("x")}'
    file = tmp_path / "roles.tf"
    file.write_text(ROLE)

    result = fix(tmp_path, file, "--write", annotations=GOOD, trusted=hostile)

    assert "not all of the fix stands in these files" in result.err
    assert file.read_text() == ROLE


def test_a_name_that_is_no_literal_is_no_place(tmp_path: Path) -> None:
    file = tmp_path / "roles.tf"
    file.write_text(ROLE.replace('name = "checkout"', "name = var.name"))

    result = fix(tmp_path, file, annotations=GOOD, trusted=TRUST)

    assert "your file" not in result.out


MAP = """apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    # the nodes
    - rolearn: arn:aws:iam::111122223333:role/nodes
      username: system:node:{{EC2PrivateDNSName}}
      groups:
      - system:bootstrappers
      - system:nodes
    - rolearn: arn:aws:iam::111122223333:role/team/ci   # the pipeline
      username: ci
      groups: [deployers]
"""


def test_an_entry_of_aws_auth(tmp_path: Path) -> None:
    file = tmp_path / "aws-auth.yaml"
    file.write_text(MAP)
    folder = tmp_path / "cluster"
    folder.mkdir()
    cluster = {"name": "prod", "arn": "arn:aws:eks:eu-west-1:111122223333:cluster/prod", "version": "1.35",
               "accessConfig": {"authenticationMode": "CONFIG_MAP"}}  # fmt: skip
    (folder / "cluster.json").write_text(json.dumps({"cluster": cluster}))
    wrong = aws_auth((CI.replace("role/", "role/team/"), "ci", ["deployers"]), NODE)
    everything = {"apiVersion": "v1", "kind": "List", "items": [wrong, *OBJECTS[1:]]}
    (folder / "all.json").write_text(json.dumps(everything))
    words = (CI.replace("role/", "role/team/"), "get", "deployments", "-n", "payments", "--from", str(folder))

    assert run("why", *words).code == 1
    result = run("fix", *words, "--source", str(file), "--write")
    assert result.code == 0, result.err
    # A comment keeps its column.
    assert file.read_text() == MAP.replace("role/team/ci   #", "role/ci        #")


def test_roles_of_the_cluster(tmp_path: Path) -> None:
    folder = tmp_path / "rbac"
    folder.mkdir()
    everything = {"apiVersion": "v1", "kind": "List", "items": OBJECTS[1:]}
    (folder / "all.json").write_text(json.dumps(everything))
    text = "".join(f"---\n{yaml.safe_dump(item, sort_keys=False)}" for item in OBJECTS[3:])
    file = tmp_path / "rbac.yaml"
    file.write_text(text)
    words = ("user/dev", "--group", "deployers", "list", "deployments", "-n", "payments", "--from", str(folder))

    result = run("fix", *words, "--source", str(file), "-o", "json")

    in_files = [item for item in json.loads(result.out)["fixes"] if item["in_files"]]
    assert in_files
    changed = [line for item in in_files for line in item["diffs"][0]["diff"].splitlines() if line[:2] in ("+ ", "- ")]
    assert changed == ["+  - list"]


@pytest.mark.parametrize("text", ["a: [", "\x00", "kind: ServiceAccount\nmetadata: 1\nname: checkout\n", "- 1\n", "{}"])
def test_odd_files_are_no_place(tmp_path: Path, text: str) -> None:
    source = tmp_path / "deploy"
    source.mkdir()
    (source / "x.yaml").write_text(text)
    (source / "x.tf").write_text(f'resource "aws_iam_role" "checkout" {{\n  name = "checkout"\n{text}')

    result = fix(tmp_path, source, "--write")

    assert result.code == 0
    assert "not all of the fix stands in these files" in result.err
    assert (source / "x.yaml").read_text() == text


def test_wrong_use(tmp_path: Path) -> None:
    given = facts(tmp_path)
    empty = tmp_path / "empty"
    empty.mkdir()
    (tmp_path / "latin.yaml").write_bytes(b"a: \xff\n")
    words = ("fix", "deploy/checkout", "-n", "payments", "--from", given)

    for more, says in (
        (("--write",), "--write writes into the files of --source"),
        (("--source", str(tmp_path / "nowhere")), "no such file"),
        (("--source", str(empty)), "no YAML and no Terraform file"),
        (("--source", str(tmp_path / "latin.yaml")), "is not UTF-8"),
    ):
        result = run(*words, *more)
        assert (result.code, result.out) == (2, "")
        assert says in result.err


def test_what_is_not_proven_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "account.yaml"
    file.write_text(ACCOUNT)
    given = facts(tmp_path)
    for path in Path(given).glob("answer-*.json"):
        if "OpenIDConnect" in path.read_text() or "ClientIDList" in path.read_text():
            path.unlink()

    result = run("fix", "deploy/checkout", "-n", "payments", "--from", given, "--source", str(file), "--write")

    assert "(not proven)" in result.out
    assert "nothing is written: the fix is not proven" in result.err
    assert file.read_text() == ACCOUNT


def test_lines_end_as_they_did(tmp_path: Path) -> None:
    file = tmp_path / "account.yaml"
    file.write_bytes(ACCOUNT.rstrip("\n").encode())

    fix(tmp_path, file, "--write")

    assert "role/checkout" in file.read_text()
    assert not file.read_text().endswith("\n")
