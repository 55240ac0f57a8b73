"""Explains bundled failures, each in one screen: pods without their role, and a pipeline that the cluster refuses.

The dumps of pods are rebuilt from failures that people reported in public, with made-up identifiers. In the folder
terraform-cloud a project moved from a laptop to an agent, and the cluster answers Unauthorized.
"""

import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
CASES = "tests/field_cases"
AGENT = "demo/terraform-cloud"
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
)


def main() -> int:
    """Show the screens. Return 1 when an answer is not the expected one."""
    failed = 0
    for number, (title, words, expected) in enumerate(SCREENS, 1):
        print(f"\n{'─' * 100}\n{number}. {title}\n\n$ .venv/bin/trustpath {words}\n", flush=True)
        command = [sys.executable, "-m", "trustpath", *shlex.split(words)]
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        failed |= code != expected
    print(
        f"\n{'─' * 100}\nNext: .venv/bin/trustpath explain, or your own dump: .venv/bin/trustpath why --help",
        flush=True,
    )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
