"""What may give a workload a service account that exists."""

from collections.abc import Iterator
from difflib import get_close_matches

from trustpath.fixes.repairs.workloads import patched_template
from trustpath.model.fix import Candidate, CreateObject
from trustpath.paths.kubernetes_request.walk import Walk as RequestWalk
from trustpath.paths.pod_to_aws.walk import Walk


def repair(walk: Walk) -> Iterator[Candidate]:
    """Yield another account that was meant, or the one that is named."""
    names = [item.value.metadata.name for item in walk.snapshot.kubernetes.service_accounts_in(walk.namespace)]
    for name in get_close_matches(walk.account_name, names, 1):
        if changes := patched_template(walk, "serviceAccountName", value=name):
            yield Candidate(f"run the pod as service account {name}", changes)
    yield _created(walk.namespace, walk.account_name)


def repair_caller(walk: RequestWalk) -> Iterator[Candidate]:
    """Yield the account that asks."""
    if walk.account is not None:
        yield _created(*walk.account)


def _created(namespace: str, name: str) -> Candidate:
    manifest = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}}
    return Candidate(f"create service account {namespace}/{name}", (CreateObject(manifest),))
