"""One file per question: its ordered links, each asking an engine. No knowledge of single mistakes."""

from trustpath.model.question import KubernetesRequest, PodToAws, Question
from trustpath.model.snapshot import Snapshot
from trustpath.paths.links import Walk


def follow_question(snapshot: Snapshot, question: Question) -> Walk:
    """Walk the path of a question. Raises QuestionError when the facts show that it names nothing."""
    if isinstance(question, PodToAws):
        from trustpath.paths.pod_to_aws import follow_pod_to_aws

        return follow_pod_to_aws(snapshot, question)
    if isinstance(question, KubernetesRequest):
        from trustpath.paths.kubernetes_request import follow_kubernetes_request

        return follow_kubernetes_request(snapshot, question)
    from trustpath.paths.principal_to_cluster import follow_principal_to_cluster

    return follow_principal_to_cluster(snapshot, question)
