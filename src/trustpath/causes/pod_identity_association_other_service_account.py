"""The association names another service account than the pod runs as.

What: looks for associations of the namespace, or of the same name elsewhere, that no pod uses.
Why it denies: an association counts for exactly one namespace and service account (P1).
Not a problem when: the other account has pods of its own.
"""

from collections.abc import Iterator
from shlex import quote

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.binding import associated_neighbours
from trustpath.paths.pod_to_aws.walk import Walk


@cause("binding", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when nothing binds this account and an association nearby is used by nobody."""
    near = associated_neighbours(walk)
    if walk.binding is not None or not near or walk.annotated_role:
        return
    association = near[0].value
    own = walk.account.source.at("metadata", "name") if walk.account else walk.spec_source
    here = [Finding(own, walk.account_name, "the pod runs as this account")] if own else []
    same_name = association.service_account == walk.account_name
    place = near[0].source.at("namespace" if same_name else "serviceAccount")
    value = association.namespace if same_name else association.service_account
    yield Diagnosis(
        confidence="likely",
        title=f"the Pod Identity association is for `{association.namespace}/{association.service_account}`, "
        f"the pod runs as `{walk.namespace}/{walk.account_name}`",
        explanation="An association counts for exactly one namespace and service account.",
        evidence=(Finding(place, value, "bound to this one"), *here),
        expected=f"{walk.namespace}/{walk.account_name}",
        got=f"{association.namespace}/{association.service_account}",
        symptom="the caller in AWS errors is the node's role, or the agent says ResourceNotFoundException",
        help=(
            f"run the pod as {association.service_account}"
            if not same_name
            else f"make the association for namespace {walk.namespace}",
            f"aws eks create-pod-identity-association --cluster-name {quote(association.cluster or 'CLUSTER')} "
            f"--namespace {quote(walk.namespace)} --service-account {quote(walk.account_name)} "
            f"--role-arn {quote(association.role_arn or 'ROLE_ARN')}",
        ),
        rank=1,
    )
