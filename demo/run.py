"""Explains bundled failures, each in one screen: pods without their role, and a pipeline that the cluster refuses.

The dumps of pods are rebuilt from failures that people reported in public, with made-up identifiers. In the folder
terraform-cloud a project moved from a laptop to an agent, and the cluster answers Unauthorized. In the folder argo
somebody set up Argo Workflows by hand, after a guide.
"""

import json
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
CASES = "tests/field_cases"
AGENT = "demo/terraform-cloud"
ARGO = "demo/argo"
SCREENS = (
    (
        "The autoscaler says AccessDenied … AssumeRoleWithWebIdentity.",
        "why pod/cluster-autoscaler-aws-cluster-autoscaler-q7jgc9jzq2-zjdcc -n default "
        f"--from {CASES}/020-cluster-autoscaler-irsa-example/snapshot",
        1,
    ),
    (
        "The CNI plugin has its role on the service account, and still acts as the node.",
        f"why ds/aws-node -n kube-system --from {CASES}/037-aws-node-addon-role/snapshot",
        1,
    ),
    (
        "The init container says: No OpenIDConnect provider found in your account.",
        "why pod/webserver-kd62zrxmps-mrsq4 -n default -c secrets-init-container "
        f"--from {CASES}/005-secret-sidecar-init/snapshot",
        1,
    ),
    (
        "Training on a new GPU node finds no credentials: Could not connect to http://169.254.170.23.",
        f"why pod/finetune-kp65c -n training --from {CASES}/065-gpu-node-training/snapshot",
        1,
    ),
    (
        "The exporter may write to the bucket, and PutObject says AccessDenied.",
        "why pod/exporter-6d5f9c7b8-m4q2x s3:PutObject arn:aws:s3:::acme-reports/2026/march.pdf -n reports "
        "--from demo/kms-behind-s3",
        1,
    ),
    ("A healthy pod.", f"why pod/loki-0 -n monitoring --from {CASES}/control-004-loki/snapshot", 0),
    (
        "Terraform moved to an agent, and says: Error: Unauthorized. What may that be?",
        "why --error 'Error: Unauthorized'",
        1,
    ),
    (
        "Is it the token? It was made five minutes ago.",
        f"token {AGENT}/get-token.json --now 2026-03-02T08:05:00Z",
        3,
    ),
    (
        "Is it the principal? The agent's role is in no access entry, and not in aws-auth.",
        f"why role/tfc-agent create configmaps -n default --from {AGENT}/facts",
        1,
    ),
    ("The laptop's role had an access entry.", f"whoami role/laptop --from {AGENT}/facts", 0),
    (
        "Side by side: where do the two part?",
        f"compare role/laptop role/tfc-agent create configmaps -n default --from {AGENT}/facts",
        1,
    ),
    (
        "Developers get in by aws-auth, and RBAC decides the rest.",
        f"why role/developer delete pods web-0 -n default --from {AGENT}/facts",
        1,
    ),
    (
        "Argo Workflows: a workflow with an account of its own fails. Its Role was written by hand, after a guide.",
        f"why workflow/train-x7k2p -n research --from {ARGO}/facts",
        1,
    ),
    (
        "What that Role has too little, and too much.",
        f"generate rbac workflow/train-x7k2p -n research --from {ARGO}/facts --check",
        1,
    ),
    (
        "The account, the Role, the binding and the line to submit with, as they should be.",
        f"generate rbac -f {ARGO}/workflow.yaml --sa argo-sa --from {ARGO}/facts",
        0,
    ),
    (
        "And the installation: the server asks nobody who it is, and everybody reaches it.",
        f"audit argo --from {ARGO}/facts --only AW-101 --only AW-105 --only AW-202 --only AW-801",
        1,
    ),
)


FIXED = f"{CASES}/020-cluster-autoscaler-irsa-example/snapshot"
POD = "pod/cluster-autoscaler-aws-cluster-autoscaler-q7jgc9jzq2-zjdcc -n default"


def trustpath(words: str, **more: Any) -> "subprocess.CompletedProcess[str]":
    """Run a command."""
    command = [sys.executable, "-m", "trustpath", *shlex.split(words)]
    return subprocess.run(command, cwd=ROOT, check=False, text=True, **more)


def show_fix(number: int) -> bool:
    """Show the first failure's fixes, put the first one's policy into a copy of the dump, and ask that again."""
    print(f"\n{'─' * 100}\n{number}. What mends the first one?\n", flush=True)
    words = f"fix {POD} --tool aws --from {FIXED}"
    print(f"$ .venv/bin/trustpath {words}\n", flush=True)
    good = trustpath(words).returncode == 0
    answer = json.loads(trustpath(f"{words} -o json", capture_output=True).stdout)
    policy = shlex.split(answer["fixes"][0]["commands"]["aws"])[-1]
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / FIXED, folder, dirs_exist_ok=True)
        for file in Path(folder).rglob("iam-get-role.*.json"):
            role = json.loads(file.read_text(encoding="utf-8"))
            if role["Role"]["RoleName"] == "cluster-autoscaler":
                role["Role"]["AssumeRolePolicyDocument"] = json.loads(policy)
                file.write_text(json.dumps(role), encoding="utf-8")
        print(f"The answer after it:\n\n$ .venv/bin/trustpath why {POD} --from mended\n", flush=True)
        return good and trustpath(f"why {POD} --from {shlex.quote(folder)}").returncode == 0


def main() -> int:
    """Show the screens. Return 1 when an answer is not the expected one."""
    failed = False
    for number, (title, words, expected) in enumerate(SCREENS, 1):
        print(f"\n{'─' * 100}\n{number}. {title}\n\n$ .venv/bin/trustpath {words}\n", flush=True)
        failed |= trustpath(words).returncode != expected
    failed |= not show_fix(len(SCREENS) + 1)
    print(
        f"\n{'─' * 100}\nNext: .venv/bin/trustpath explain, or your own dump: .venv/bin/trustpath why --help",
        flush=True,
    )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
