"""The pod depends on the node's role, and the metadata service's answers do not reach it.

What: compares the instance's hop limit with the way of a pod that is not in the host's network.
Why it denies: with limit 1 the token of the metadata service dies on its way into the pod (H1, H2).
Not a problem when: the pod is in the host network, or has a role of its own.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.pod_to_aws.node import hop_limit_finding, reaches_metadata
from trustpath.paths.pod_to_aws.symptoms import stands_at
from trustpath.paths.pod_to_aws.walk import Walk

_OPTIONS = {True: "--http-endpoint enabled --http-put-response-hop-limit 2", False: "--http-put-response-hop-limit 2"}


@cause("node", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the instance lets no answer into the pod, or a message speaks of it."""
    if walk.method == "pod-identity":
        return
    reaches = reaches_metadata(walk)
    told = walk.symptom is not None and "imds-hop-limit" in walk.symptom.causes[:1]
    if reaches is True or (reaches is None and not told):
        return
    instance = walk.host.instance
    disabled = instance is not None and instance.value.endpoint == "disabled"
    limit = str(instance.value.hop_limit) if instance else "not read"
    yield Diagnosis(
        confidence="certain" if reaches is False else "likely",
        title="the metadata service of the node is switched off"
        if disabled
        else f"the pod depends on the node's role, and the instance's hop limit is {limit}",
        explanation="A pod with a network of its own needs a limit of 2; better, a role of its own.",
        evidence=hop_limit_finding(walk) or (stands_at(walk, ""),),
        expected="a role for the pod's service account" + ("" if disabled else ", or a hop limit of 2"),
        got="no role, and the metadata service is switched off" if disabled else f"no role, hop limit {limit}",
        symptom="NoCredentialProviders: no valid providers in chain, or no EC2 IMDS role found",
        help=(
            f"give `{walk.namespace}/{walk.account_name}` a role: IRSA, or a Pod Identity association",
            f"or: aws ec2 modify-instance-metadata-options {_OPTIONS[disabled]} --instance-id "
            f"{instance.value.instance_id if instance else 'ID'}",
        ),
    )
