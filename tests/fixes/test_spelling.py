"""Commands and resources: right for tools, and harmless whatever names hold."""

import json
import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import hcl2
import pytest

from tests.causes.pages import CLUSTER, POD
from trustpath.facts.dumps import read_dumps
from trustpath.fixes.application import apply
from trustpath.fixes.description import describe
from trustpath.fixes.spelling import spell
from trustpath.model.fix import (
    AddClientId,
    Change,
    CreateAccessEntry,
    CreateAssociation,
    CreateObject,
    CreateProvider,
    Operation,
    PatchMapping,
    PatchObject,
    PatchTrustPolicy,
    PutRolePolicy,
    Restart,
    SetHopLimit,
)
from trustpath.model.snapshot import Snapshot

EVIL = "a'b\"c $(touch pwned) `touch pwned` ${HOME} %{x} \\n ; touch pwned #"
ROLE = "arn:aws:iam::111122223333:role/checkout"
PROVIDER = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE1"
STATEMENT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{EVIL}/*"}
CHANGES: list[Change] = [
    PatchObject("Pod", EVIL, EVIL, (Operation("add", ("metadata", "labels", EVIL), EVIL),)),
    PatchObject("ServiceAccount", EVIL, EVIL, (Operation("add", ("metadata", "annotations", "role"), EVIL),)),
    CreateObject({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": EVIL, "namespace": EVIL}}),
    Restart("Deployment", EVIL, EVIL),
    Restart("Pod", EVIL, EVIL),
    PatchTrustPolicy(ROLE, (Operation("add", ("Statement", 0, "Condition", "StringEquals", EVIL), EVIL),)),
    PutRolePolicy(ROLE, "policy", {"Version": "2012-10-17", "Statement": [STATEMENT]}),
    CreateProvider(f"arn:aws:iam::111122223333:oidc-provider/{EVIL}", (EVIL,)),
    AddClientId(PROVIDER, EVIL),
    CreateAssociation(EVIL, EVIL, EVIL, EVIL),
    CreateAccessEntry(EVIL, EVIL, (EVIL, EVIL)),
    PatchMapping("mapRoles", None, EVIL, EVIL, (EVIL,)),
    SetHopLimit(EVIL, 2),
]
IDS = [type(change).__name__ for change in CHANGES]


def snapshot(folder: Path, text: str = POD) -> Snapshot:
    (folder / "facts.yaml").write_text(text, encoding="utf-8")
    return read_dumps([str(folder / "facts.yaml")])[0]


def after(change: Change, folder: Path) -> Snapshot:
    facts = snapshot(folder, CLUSTER if isinstance(change, PatchMapping) else POD)
    if isinstance(change, PatchTrustPolicy | PatchMapping | PutRolePolicy | CreateProvider | AddClientId):
        return apply(facts, (change,))
    return facts


@pytest.mark.parametrize("change", CHANGES, ids=IDS)
def test_a_shell_runs_one_command_and_names_stay_names(change: Change, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("kubectl", "aws", "eksctl"):
        script = tools / tool
        script.write_text(
            f"#!{sys.executable}\nimport json, sys\n"
            f"open({str(tmp_path / 'calls')!r}, 'a').write(json.dumps([{tool!r}, *sys.argv[1:]]) + '\\n')\n"
        )
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    folder = tmp_path / "facts"
    folder.mkdir()
    found = spell((change,), after(change, folder), EVIL)
    for tool, text in found.items():
        if tool == "terraform":
            continue
        (tmp_path / "calls").write_text("")
        ran = subprocess.run(["sh", "-c", text], cwd=tmp_path, capture_output=True, text=True,
                             env={"PATH": f"{tools}{os.pathsep}/usr/bin{os.pathsep}/bin", "HOME": "/x"})  # fmt: skip
        assert (ran.returncode, ran.stderr) == (0, "")
        calls = [json.loads(line) for line in (tmp_path / "calls").read_text().splitlines()]
        assert [call[0] for call in calls] == [tool]
        # Each word is as it is meant; texts within JSON are escaped once more.
        words = shlex.split(text.partition(" | ")[2] if text.startswith("printf") else text)
        assert calls[0] == words
    assert not list(tmp_path.rglob("pwned"))
    assert all(line[:2] in ("+ ", "~ ", "- ") for line in describe(change))


def values(parsed: Any) -> list[str]:
    if isinstance(parsed, dict):
        return [text for key, child in parsed.items() for text in (*values(key), *values(child))]
    if isinstance(parsed, list):
        return [text for child in parsed for text in values(child)]
    return [parsed] if isinstance(parsed, str) else []


@pytest.mark.parametrize("change", CHANGES, ids=IDS)
def test_terraform_reads_its_resources(change: Change, tmp_path: Path) -> None:
    text = spell((change,), after(change, tmp_path), "prod").get("terraform", "")
    if not text:
        assert isinstance(change, PatchObject | Restart | PatchMapping | SetHopLimit)
        return
    (resource,) = hcl2.loads(text + "\n")["resource"]
    ((kind, named),) = resource.items()
    assert kind.strip('"').startswith(("aws_", "kubernetes_"))
    assert len(named) == 1
    whole = json.dumps(values(named))
    assert "${HOME}" not in whole.replace("$${HOME}", "")  # a template would be filled in


RULE = {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}


def test_a_role_in_terraform(tmp_path: Path) -> None:
    facts = snapshot(tmp_path, CLUSTER)
    role = next(item.value for item in facts.kubernetes.all_of("Role"))
    change = PatchObject(
        "Role", role.metadata.namespace or "", role.metadata.name, (Operation("add", ("rules", "-"), RULE),)
    )
    text = spell((change,), apply(facts, (change,)), "prod")["terraform"]
    (resource,) = hcl2.loads(text + "\n")["resource"]
    ((kind, _),) = resource.items()
    assert kind.strip('"') == "kubernetes_role_v1"
    assert text.count("  rule {") == len(role.rules or ()) + 1
    assert 'verbs = ["list"]' in text
    assert "api_groups" in text


def test_aws_auth_keeps_what_is_beside_the_change(tmp_path: Path) -> None:
    before = (
        "# nodes first\n- rolearn: arn:aws:iam::111122223333:role/nodes   # the node group\n"
        "  username: system:node:{{EC2PrivateDNSName}}\n  groups: [system:bootstrappers, system:nodes]\n"
        "- RoleArn: arn:aws:iam::111122223333:role/teams/ci\n  username: 'ci'\n  groups:\n  - deployers\n"
    )
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "kube-system"},
              "data": {"mapRoles": before, "mapUsers": "- userarn: arn:aws:iam::111122223333:user/x\n"}}  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps(config))
    facts, _ = read_dumps([str(tmp_path / "config.json")])
    wanted = "arn:aws:iam::111122223333:role/ci"
    changed = apply(facts, (PatchMapping("mapRoles", 1, wanted),))
    text = spell((PatchMapping("mapRoles", 1, wanted),), changed, "")["kubectl"]
    patch = json.loads(shlex.split(text)[-1])
    assert list(patch["data"]) == ["mapRoles"]
    after_text = patch["data"]["mapRoles"]
    first, _, _ = before.partition("- RoleArn")
    assert after_text.startswith(first)
    assert "rolearn: arn:aws:iam::111122223333:role/ci" in after_text
    assert "username: 'ci'" in after_text
    assert "teams/" not in after_text
    more = apply(facts, (PatchMapping("mapRoles", None, wanted, "ci", ("a",)),))
    assert json.loads(shlex.split(spell((PatchMapping("mapRoles", None, wanted),), more, "")["kubectl"])[-1])["data"][
        "mapRoles"
    ].startswith(before.rstrip("\n").partition("\n  - deployers")[0])
