"""Explains three bundled failures and one healthy pod, each in one screen.

The dumps are rebuilt from failures that people reported in public, with made-up identifiers.
"""

import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
CASES = "tests/field_cases"
SCREENS = (
    (
        "The autoscaler says AccessDenied … AssumeRoleWithWebIdentity.",
        "pod/cluster-autoscaler-aws-cluster-autoscaler-q7jgc9jzq2-zjdcc -n default",
        "020-cluster-autoscaler-irsa-example",
        1,
    ),
    (
        "The CNI plugin has its role on the service account, and still acts as the node.",
        "ds/aws-node -n kube-system",
        "037-aws-node-addon-role",
        1,
    ),
    (
        "The init container says: No OpenIDConnect provider found in your account.",
        "pod/webserver-kd62zrxmps-mrsq4 -n default -c secrets-init-container",
        "005-secret-sidecar-init",
        1,
    ),
    ("A healthy pod.", "pod/loki-0 -n monitoring", "control-004-loki", 0),
)


def main() -> int:
    """Show the screens. Return 1 when an answer is not the expected one."""
    failed = 0
    for number, (title, question, case, expected) in enumerate(SCREENS, 1):
        words = f"why {question} --from {CASES}/{case}/snapshot"
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
