"""The webhook is registered, and the API server does not call it for this pod.

What: applies the webhook's rules and selectors to the pod and its namespace (W15, W16).
Why it denies: a pod for which the webhook is not called gets no role and no token.
Not a problem when: the pod carries variables and token of its own.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages import NODE_ROLE
from trustpath.engine.webhook import SKIP_LABEL
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.admission import pod_identity_webhooks, webhook_called
from trustpath.paths.pod_to_aws.walk import Walk


@cause(link="admission")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when every registered webhook leaves this pod out."""
    hooks = pod_identity_webhooks(walk.snapshot)
    if not hooks or webhook_called(walk) is not False:
        return
    configuration, index, hook = hooks[0]
    place = configuration.source.at("webhooks", index)
    if SKIP_LABEL in (walk.metadata.labels or {}):
        what = f"the pod's label {SKIP_LABEL} keeps it out"
        label = (walk.pod.source if walk.pod else place).at("metadata", "labels", SKIP_LABEL)
        evidence = Finding(label if walk.pod else place.at("objectSelector"), SKIP_LABEL, key=True)
    elif not hook.rules:
        what, evidence = "it has no rules", Finding(place.at("name"), hook.name)
    else:
        what, evidence = "its rules or selectors leave this pod out", Finding(place.at("rules"), "rules")
    yield Diagnosis(
        confidence="certain",
        title=f"webhook `{hook.name}` is not called for this pod: {what}",
        explanation="The API server calls a webhook only for requests that its rules and both selectors cover.",
        evidence=(evidence, Finding(place.at("name"), hook.name, "registered here")),
        expected="rules CREATE on core v1 pods, selectors that include the pod and its namespace",
        got=what,
        symptom=NODE_ROLE,
        help=("restore the webhook's rules and selectors, or take the label off the pod, then recreate the pod",),
    )
