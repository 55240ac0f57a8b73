"""The API server's call of the webhook fails, and it fails open.

What: looks in the logs of the dump for a failed call of the pod identity webhook.
Why it denies: with failurePolicy Ignore the pod is created without role and token (W14).
Not a problem when: the log is older than the mend, and the pod only has to be made anew.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages.sts import NODE_ROLE
from trustpath.model.log import FAILED_CALL
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.admission import failed_call, pod_identity_webhooks
from trustpath.paths.pod_to_aws.walk import Walk
from trustpath.paths.pod_to_aws.workload import recreate_command


@cause("admission")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the pod was given nothing and a log shows that the call fails."""
    if walk.pod is None or walk.credentials is None or walk.credentials.web_identity:
        return
    for configuration, index, hook in pod_identity_webhooks(walk.snapshot):
        line = failed_call(walk.snapshot, hook)
        if line is not None:
            at = line.value.text.lower().find(f'{FAILED_CALL} "{hook.name}"')
            reason = line.value.text.rstrip().rpartition(": ")[2]
            yield Diagnosis(
                confidence="likely",
                title=f"the API server cannot call webhook `{hook.name}`: {reason}",
                explanation="Its failurePolicy lets the pod through without role and token.",
                evidence=(
                    Finding(line.source, line.value.text, reason, (at, len(FAILED_CALL))),
                    Finding(configuration.source.at("webhooks", index, "name"), hook.name, "registered here"),
                ),
                expected="an answer of the webhook",
                got=reason,
                symptom=NODE_ROLE,
                help=(_mend(reason), recreate_command(walk)),
                rank=-1,
            )
            return


def _mend(reason: str) -> str:
    if "x509" in reason or "certificate" in reason:
        return "put the CA that signed the webhook's certificate into caBundle of its MutatingWebhookConfiguration"
    return "let the API server reach the webhook: its Service, its pods, and the network between them"
