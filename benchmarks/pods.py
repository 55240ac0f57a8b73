"""Writes the facts for the benchmarks: about 20 MB of pods as kubectl prints them, as JSON and as YAML.

    python benchmarks/pods.py benchmarks/data [MEGABYTES]

Every pod runs in a namespace of its own tens; one of them is the healthy pod of the cause pages.
"""

import json
import sys
from pathlib import Path
from typing import Any

import yaml

HEALTHY = Path(__file__).parent.parent / "tests" / "causes" / "healthy.yaml"


def pod(number: int) -> dict[str, Any]:
    name = f"worker-{number // 10:05d}-{number:06d}"
    container: dict[str, Any] = {
        "name": "app",
        "image": f"registry.example/team-{number % 50}/worker:1.{number % 30}.0",
        "imagePullPolicy": "IfNotPresent",
        "env": [{"name": f"SETTING_{index}", "value": f"value-{index}-{number}"} for index in range(12)]
        + [
            {"name": "AWS_REGION", "value": "eu-west-1"},
            {"name": "AWS_ROLE_ARN", "value": f"arn:aws:iam::111122223333:role/team-{number % 50}"},
            {
                "name": "AWS_WEB_IDENTITY_TOKEN_FILE",
                "value": "/var/run/secrets/eks.amazonaws.com/serviceaccount/token",
            },
        ],
        "resources": {"limits": {"memory": "512Mi"}, "requests": {"cpu": "100m", "memory": "256Mi"}},
        "volumeMounts": [
            {"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "name": "kube-api-access-abcde"},
            {"mountPath": "/var/run/secrets/eks.amazonaws.com/serviceaccount", "name": "aws-iam-token"},
        ],
    }
    token = {"audience": "sts.amazonaws.com", "expirationSeconds": 86400, "path": "token"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "annotations": {"kubernetes.io/config.seen": "2026-03-02T09:00:00Z", "checksum/config": "0" * 64},
            "creationTimestamp": "2026-03-02T09:00:00Z",
            "generateName": f"worker-{number // 10:05d}-",
            "labels": {"app": "worker", "pod-template-hash": f"{number // 10:05d}", "team": str(number % 50)},
            "name": name,
            "namespace": f"team-{number % 50}",
            "ownerReferences": [
                {
                    "apiVersion": "apps/v1",
                    "blockOwnerDeletion": True,
                    "controller": True,
                    "kind": "ReplicaSet",
                    "name": f"worker-{number // 10:05d}",
                    "uid": f"00000000-0000-4000-8000-{number:012d}",
                }
            ],
            "resourceVersion": str(number),
            "uid": f"00000000-0000-4000-9000-{number:012d}",
        },
        "spec": {
            "containers": [container],
            "nodeName": f"ip-10-0-{number % 200}-7.eu-west-1.compute.internal",
            "restartPolicy": "Always",
            "serviceAccountName": "worker",
            "tolerations": [
                {
                    "effect": "NoExecute",
                    "key": "node.kubernetes.io/not-ready",
                    "operator": "Exists",
                    "tolerationSeconds": 300,
                }
            ],
            "volumes": [
                {"name": "aws-iam-token", "projected": {"sources": [{"serviceAccountToken": token}]}},
                {
                    "name": "kube-api-access-abcde",
                    "projected": {
                        "defaultMode": 420,
                        "sources": [
                            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                            {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}},
                        ],
                    },
                },
            ],
        },
        "status": {
            "conditions": [
                {"lastProbeTime": None, "lastTransitionTime": "2026-03-02T09:00:05Z", "status": "True", "type": kind}
                for kind in ("Initialized", "Ready", "ContainersReady", "PodScheduled")
            ],
            "phase": "Running",
            "podIP": f"10.0.{number % 200}.{number % 250}",
        },
    }


def write(folder: Path, megabytes: float) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    documents = [value for value in yaml.safe_load_all(HEALTHY.read_text(encoding="utf-8")) if value]
    own = [value for value in documents if value.get("kind") == "Pod"]
    rest = [value for value in documents if value.get("kind") != "Pod"]
    size = len(json.dumps(pod(1), indent=4))
    items = own + [pod(number) for number in range(int(megabytes * 1_000_000 / (size * 1.14)))]
    listing = {"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}}
    (folder / "json").mkdir(exist_ok=True)
    (folder / "yaml").mkdir(exist_ok=True)
    (folder / "json" / "pods.json").write_text(json.dumps(listing, indent=4), encoding="utf-8")
    text = yaml.dump(listing, Dumper=yaml.CSafeDumper, default_flow_style=False)
    repeat = max(1, round(megabytes * 1_000_000 / len(text)))
    if repeat > 1 or len(text) < megabytes * 900_000:
        more = [pod(number) for number in range(int(len(items) * megabytes * 1_000_000 / len(text)))]
        text = yaml.dump({**listing, "items": own + more}, Dumper=yaml.CSafeDumper, default_flow_style=False)
    (folder / "yaml" / "pods.yaml").write_text(text, encoding="utf-8")
    for kind in ("json", "yaml"):
        with (folder / kind / "rest.yaml").open("w", encoding="utf-8") as file:
            yaml.safe_dump_all(rest, file)


if __name__ == "__main__":
    write(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 20)
