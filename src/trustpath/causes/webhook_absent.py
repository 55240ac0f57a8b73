"""No pod identity webhook is registered.

What: looks for the pod identity webhook among the mutating webhook configurations.
Why it denies: nobody adds AWS_ROLE_ARN and the token to pods, so AWS clients use the node's role.
Not a problem when: the pod template carries the variables and the projected token itself.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages.sts import NODE_ROLE
from trustpath.model.fact import Known
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.admission import recreate_webhook_commands, webhook_missing
from trustpath.paths.pod_to_aws.walk import Walk


@cause("admission")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the configurations were read and none has the webhook."""
    missing = webhook_missing(walk)
    if missing is None or (walk.credentials and (walk.credentials.role_arn or walk.credentials.token_file)):
        return
    listed = isinstance(missing, Known) or not missing.implied
    source = walk.pod.source.at("metadata", "name") if walk.pod else walk.annotation_source
    yield Diagnosis(
        confidence="certain" if listed else "likely",
        title="no pod identity webhook is registered in this cluster",
        explanation="Of the mutating webhook configurations, none has iam-for-pods.amazonaws.com."
        if listed
        else "The dump holds objects of the whole cluster and no mutating webhook configuration.",
        evidence=(Finding(source, walk.metadata.name, "created without role and token"),) if source else (),
        expected="MutatingWebhookConfiguration pod-identity-webhook",
        got="none",
        symptom=NODE_ROLE,
        help=(
            "register EKS's webhook again (outside EKS, install amazon-eks-pod-identity-webhook):",
            *recreate_webhook_commands(walk),
            "then recreate the pods",
        ),
    )
