"""The whole story on a real kube-apiserver and an AWS of moto's: ask, mend, ask again. Everything is on loopback.

`make demo-live` builds the API server first, which needs Go and some minutes.
"""

import base64
import json
import logging
import os
import shlex
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.real.api_server import ApiServer, program, running  # noqa: E402

ISSUER = "issuer.test"
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/checkout"
AUDIENCE = "sts.amazonaws.com"
ASK = ["why", "pod/checkout-6f9c4d7b8-m2x4z", "-n", "payments", "s3:GetObject", "arn:aws:s3:::orders/1"]
TOKEN_FILE = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"  # noqa: S105  # a path
NODE = "ip-10-0-1-7.eu-west-1.compute.internal"
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}


def trust(subject: str) -> str:
    """Return a trust policy for one service account."""
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
    condition = {"StringEquals": {f"{ISSUER}:sub": subject, f"{ISSUER}:aud": AUDIENCE}}
    statement = {"Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity"}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Condition": condition}]})


def objects() -> list[dict[str, Any]]:
    """Return the service account, and its pod as the pod identity webhook leaves it."""
    token = {"serviceAccountToken": {"audience": AUDIENCE, "expirationSeconds": 86400, "path": "token"}}
    container = {
        "name": "app",
        "image": "registry.test/checkout:1.4.2",
        "env": [
            {"name": "AWS_ROLE_ARN", "value": ROLE},
            {"name": "AWS_WEB_IDENTITY_TOKEN_FILE", "value": TOKEN_FILE},
            {"name": "AWS_REGION", "value": "eu-west-1"},
        ],
        "volumeMounts": [{"name": "aws-iam-token", "mountPath": TOKEN_FILE.rpartition("/")[0], "readOnly": True}],
    }
    spec = {
        "nodeName": NODE,
        "serviceAccountName": "checkout",
        "containers": [container],
        "volumes": [{"name": "aws-iam-token", "projected": {"sources": [token]}}],
    }
    annotations = {"eks.amazonaws.com/role-arn": ROLE}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "payments"}},
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": NODE},
            "status": {"nodeInfo": {"kubeletVersion": "v1.35.4"}},
        },
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "checkout", "namespace": "payments", "annotations": annotations},
        },
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "checkout-6f9c4d7b8-m2x4z", "namespace": "payments"},
            "spec": spec,
        },
    ]


def client(service: str) -> Any:
    """Return a client of the AWS that AWS_ENDPOINT_URL names."""
    from botocore.session import Session

    return Session().create_client(service, region_name="us-east-1")


def seed(server: ApiServer) -> None:
    """Make a cluster and an account in which the role trusts a service account of another name."""
    for item in objects():
        status, answer = server.create(item)
        if status != 201:
            raise RuntimeError(answer)
    client("s3").create_bucket(Bucket="orders")
    iam = client("iam")
    iam.create_open_id_connect_provider(Url=f"https://{ISSUER}", ClientIDList=[AUDIENCE])
    subject = "system:serviceaccount:payments:checkout-api"
    iam.create_role(RoleName="checkout", AssumeRolePolicyDocument=trust(subject))
    iam.put_role_policy(RoleName="checkout", PolicyName="read-orders", PolicyDocument=json.dumps(READ))


def mend(answer: str) -> None:
    """Carry out the first fix of an answer in JSON: its command of the AWS CLI."""
    words = shlex.split(json.loads(answer)["fixes"][0]["commands"]["aws"])
    if words[:3] != ["aws", "iam", "update-assume-role-policy"]:
        raise RuntimeError(f"another fix than expected: {words}")
    named = dict(zip(words[3::2], words[4::2], strict=True))
    client("iam").update_assume_role_policy(RoleName=named["--role-name"], PolicyDocument=named["--policy-document"])


def write_kubeconfig(server: ApiServer, folder: Path, token: str = "") -> Path:
    """Write the kubeconfig of an administrator, or of whoever has a token."""
    authority = base64.b64encode((folder / "certificates" / "apiserver.crt").read_bytes()).decode()
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "demo",
        "clusters": [{"name": "demo", "cluster": {"server": server.url, "certificate-authority-data": authority}}],
        "contexts": [{"name": "demo", "context": {"cluster": "demo", "user": "me"}}],
        "users": [{"name": "me", "user": {"token": token or server.token}}],
    }
    path = folder / f"kubeconfig{'-of-a-user' if token else ''}"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@contextmanager
def account() -> Iterator[dict[str, str]]:
    """Start moto and yield the environment in which the SDK asks it; this process has it, too, until the block ends."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    urllib.request.urlopen(f"http://{host}:{port}/moto-api/reset", data=b"").close()  # loopback
    added = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    before = dict(os.environ)
    os.environ.update(added)
    try:
        yield {**before, **added}
    finally:
        os.environ.clear()
        os.environ.update(before)
        moto.stop()


def main() -> int:
    """Show the story. Return 1 when an answer is not the expected one."""
    missing = [name for name in ("kube-apiserver", "etcd") if not program(name).is_file()]
    if missing:
        print(f"demo-live: {' and '.join(missing)} are not built: install Go, then run make demo-live again")
        return 0
    with tempfile.TemporaryDirectory() as name, running(Path(name)) as server, account() as environment:
        seed(server)
        kubeconfig = write_kubeconfig(server, Path(name))
        failed = False
        live = ["--kubeconfig", str(kubeconfig)]
        fix = ["fix", *ASK[1:], "--tool", "aws"]
        for title, words, expected in (
            ("The pod says: AccessDenied … AssumeRoleWithWebIdentity.", ASK, 1),
            ("What mends it, proven?", fix, 0),
            ("Its command was run. Ask again.", ASK, 0),
        ):
            if words is ASK and not expected:
                found = [sys.executable, "-m", "trustpath", *fix, "-o", "json", *live]
                mend(subprocess.run(found, env=environment, check=True, capture_output=True, text=True).stdout)
            print(f"\n{'─' * 100}\n{title}\n\n$ trustpath {' '.join(words)}\n", flush=True)
            command = [sys.executable, "-m", "trustpath", *words, *live]
            failed |= subprocess.run(command, env=environment, check=False).returncode != expected
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
