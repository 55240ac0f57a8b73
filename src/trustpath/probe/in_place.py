"""The same question inside the pod's own container, by ``kubectl exec``: for images that have the AWS CLI."""

import shutil
import subprocess

from trustpath.errors import LiveError, QuestionError
from trustpath.facts.live.connection import Connection
from trustpath.facts.logs import redact_line
from trustpath.model.probe import Observed, Output
from trustpath.paths.pod_to_aws.walk import Walk
from trustpath.probe.manifest import dry_call

_SECONDS = 60
_NO_CLI = ("executable file not found", "no such file or directory", "not found in $PATH")


def run_in_place(connection: Connection, walk: Walk, kubeconfig: str) -> Observed:
    """Return what the commands printed in the pod's container.

    Raises QuestionError without a pod, LiveError without kubectl.
    """
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        raise LiveError("--exec needs kubectl, which is not on the PATH", "leave --exec out to run a pod of its own")
    if walk.pod is None or walk.container is None:
        raise QuestionError("there is no pod to run in", "name a running pod: pod/NAME")
    where = ["--kubeconfig", kubeconfig] if kubeconfig else []
    where += ["--context", connection.context] if connection.context else []
    for name, value in connection.headers:
        where += [{"Impersonate-User": "--as", "Impersonate-Group": "--as-group"}[name], value]
    target = ["exec", walk.metadata.name, "-n", walk.namespace, "-c", walk.container.name, "--"]
    commands = [["sts", "get-caller-identity", "--output", "json"]]
    call = dry_call(walk.action, walk.resource)
    if call:
        commands.append(call)
    outputs: list[Output] = []
    for command in commands:
        try:
            found = subprocess.run(  # noqa: S603  # the user's own kubectl, each word by itself
                [kubectl, *where, *target, "aws", *command],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_SECONDS,
                stdin=subprocess.DEVNULL,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Observed("timeout", f"kubectl exec did not end within {_SECONDS} s", tuple(outputs))
        text = found.stdout if found.returncode == 0 else f"{found.stdout}\n{found.stderr}"
        if any(word in found.stderr for word in _NO_CLI):
            return Observed("image", "the container has no AWS CLI: leave --exec out", tuple(outputs))
        if "Error from server" in found.stderr:
            return Observed("refused", redact_line(found.stderr.strip().splitlines()[-1])[:500], tuple(outputs))
        lines = "\n".join(redact_line(line) for line in text.splitlines()).strip()
        outputs.append(Output(" ".join(["aws", *command]), found.returncode, lines))
    return Observed("ran", "", tuple(outputs))
