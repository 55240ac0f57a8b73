"""One file per question: its ordered links, each asking an engine. No knowledge of single mistakes."""

from trustpath.engine.credentials.sdks import SdkVersion
from trustpath.engine.messages.symptom import Symptom
from trustpath.errors import QuestionError
from trustpath.model.question import ArgoSignIn, KubernetesRequest, PodToAws, PrincipalToCluster, Question, WorkflowRun
from trustpath.model.snapshot import Snapshot
from trustpath.paths.kubernetes_request.walk import WrittenObject
from trustpath.paths.links import Walk


def follow_question(
    snapshot: Snapshot,
    question: Question,
    symptom: Symptom | None = None,
    written: WrittenObject | None = None,
    sdk: SdkVersion | None = None,
) -> Walk:
    """Walk the path of a question. Raises QuestionError when the facts show that it names nothing.

    ``symptom`` is the message that was given beside the question, ``written`` the role or binding that it writes,
    ``sdk`` the SDK of the program, where the user knows it.
    """
    if isinstance(question, PodToAws):
        from trustpath.paths.pod_to_aws import follow_pod_to_aws

        return follow_pod_to_aws(snapshot, question, symptom, sdk)
    if isinstance(question, KubernetesRequest):
        from trustpath.paths.kubernetes_request import follow_kubernetes_request

        return follow_kubernetes_request(snapshot, question, symptom, written)
    if isinstance(question, PrincipalToCluster):
        from trustpath.paths.principal_to_cluster import follow_principal_to_cluster

        return follow_principal_to_cluster(snapshot, question, symptom, written)
    if isinstance(question, ArgoSignIn):
        from trustpath.paths.argo_sign_in import follow_argo_sign_in

        return follow_argo_sign_in(snapshot, question)
    if isinstance(question, WorkflowRun):
        from trustpath.paths.workflow_run import follow_workflow_run

        return follow_workflow_run(snapshot, question, symptom)
    from trustpath.paths.message import read_message

    if symptom is None:
        raise QuestionError("nothing in this message is known", "give the whole line that the tool printed")
    return read_message(snapshot, symptom)
