"""The webhook is registered, and the API server does not call it for this pod.

What: applies the webhook's rules and selectors to the pod and its namespace (W15, W16).
Why it denies: a pod for which the webhook is not called gets no role and no token.
Not a problem when: the pod carries variables and token of its own.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages.sts import NODE_ROLE
from trustpath.engine.webhook import EKS_URL, EKS_WEBHOOK, SKIP_LABEL
from trustpath.model.kubernetes import Webhook
from trustpath.model.source import Source
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.admission import (
    pod_identity_webhooks,
    recreate_webhook_commands,
    webhook_called,
    webhook_left_out_by,
)
from trustpath.paths.pod_to_aws.walk import Walk

_WHAT = {
    "": "its rules or selectors leave this pod out",
    "rules": "its rules do not cover the creation of pods",
    "objectSelector": "its objectSelector does not select this pod",
    "namespaceSelector": "its namespaceSelector does not select namespace {namespace}",
}


@cause("admission", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when every registered webhook leaves this pod out, or cannot be called for want of a CA."""
    hooks = pod_identity_webhooks(walk.snapshot)
    named = walk.credentials
    if not hooks or (named is not None and named.web_identity):
        return
    configuration, index, hook = hooks[0]
    place = configuration.source.at("webhooks", index)
    if webhook_called(walk) is not False:
        if not any(other.client_config.ca_bundle for _, _, other in hooks):
            yield _without_ca(walk, place, hook)
        elif hook.name == EKS_WEBHOOK and hook.client_config.url not in (None, EKS_URL):
            yield _elsewhere(walk, place, hook.client_config.url or "")
        return
    if SKIP_LABEL in (walk.metadata.labels or {}):
        return  # see webhook-container-skipped
    if not hook.rules:
        what, evidence = "it has no rules", Finding(place.at("name"), hook.name)
    else:
        element = webhook_left_out_by(walk, hook)
        what = _WHAT[element].format(namespace=walk.namespace)
        evidence = Finding(place.at(element), element, key=True)
    yield Diagnosis(
        confidence="certain",
        title=f"webhook `{hook.name}` is not called for this pod: {what}",
        explanation="The API server calls a webhook only for requests that its rules and both selectors cover.",
        evidence=(evidence, Finding(place.at("name"), hook.name, "registered here")),
        expected="rules CREATE on core v1 pods, selectors that include the pod and its namespace",
        got=what,
        symptom=NODE_ROLE,
        help=("change the webhook's rules and selectors, or the labels that they look at, then recreate the pod",),
    )


def _elsewhere(walk: Walk, place: Source, url: str) -> Diagnosis:
    """W15, W16: EKS's webhook listens at one address of the control plane."""
    return Diagnosis(
        confidence="likely",
        title=f"webhook `{EKS_WEBHOOK}` is called at {url}, where EKS has none",
        explanation="EKS's own webhook listens on the control plane, and failurePolicy Ignore lets the pod through.",
        evidence=(Finding(place.at("clientConfig", "url"), url),),
        expected=EKS_URL,
        got=url,
        symptom=NODE_ROLE,
        help=("register EKS's webhook again:", *recreate_webhook_commands(walk), "then recreate the pods"),
        rank=-1,
    )


def _without_ca(walk: Walk, place: Source, hook: Webhook) -> Diagnosis:
    return Diagnosis(
        confidence="likely",
        title=f"webhook `{hook.name}` has no caBundle",
        explanation="The API server cannot check its certificate, and failurePolicy Ignore lets the pod through.",
        evidence=(Finding(place.at("clientConfig"), "", "no caBundle"),),
        expected="the CA that signed the webhook's certificate",
        got="no caBundle",
        symptom=NODE_ROLE,
        help=(
            "put the CA into clientConfig.caBundle; on EKS register its webhook again, with the cluster's CA:",
            *recreate_webhook_commands(walk),
            "then recreate the pods",
        ),
        rank=-1,
    )
