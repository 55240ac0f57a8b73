"""The pod runs where EKS Pod Identity does not serve.

What: looks for Fargate, Windows and other hosts without the agent.
Why it denies: no agent can run there, so that nobody answers at 169.254.170.23 (P16).
Not a problem when: the pod has IRSA and no association.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.eks.pod_identity import unsupported_host
from trustpath.paths.pod_to_aws.node import host_findings
from trustpath.paths.pod_to_aws.walk import Walk


@cause("node", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold on Fargate and Windows; on hybrid nodes it is in doubt (X3)."""
    if walk.method != "pod-identity" or walk.spec is None:
        return
    node = walk.host.node.value if walk.host.node else None
    kind = unsupported_host(walk.spec, node, walk.metadata.labels or {})
    if not kind:
        return
    where = {"fargate": "on Fargate", "windows": "on Windows", "hybrid": "on a hybrid node"}[kind]
    yield Diagnosis(
        confidence="possible" if kind == "hybrid" else "certain",
        title=f"the pod runs {where}, where EKS Pod Identity does not serve",
        explanation="The webhook gives the pod the agent's address all the same, and nobody answers there.",
        evidence=host_findings(walk),
        expected="a Linux node on EC2",
        got=where.removeprefix("on "),
        symptom="connect: connection refused, or a timeout, at 169.254.170.23",
        help=(
            "use IRSA for this pod: annotate its service account, and delete the association, which displaces IRSA",
            "or run the pod on a Linux node on EC2",
        ),
    )
