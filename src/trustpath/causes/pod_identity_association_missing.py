"""The pod was given Pod Identity, and its service account has no association now.

What: looks for the agent's address in the container where the cluster's associations do not name the account.
Why it denies: EKS Auth answers the agent with ResourceNotFoundException (P14).
Not a problem when: the list of associations is of another cluster.
"""

from collections.abc import Iterator
from shlex import quote

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages.sts import NODE_ROLE
from trustpath.model.answers import Located
from trustpath.model.iam import Role
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.binding import associated_neighbours, unassociated_role
from trustpath.paths.pod_to_aws.walk import Walk


@cause("binding")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when the container asks the agent and nothing nearby is meant for it."""
    named = walk.credentials
    if walk.binding is not None or walk.association is not None or named is None:
        return
    role = unassociated_role(walk)
    if role is not None and not named.configured and not walk.annotated_role:
        yield _never_made(walk, role)
    if not named.pod_identity:
        return
    if associated_neighbours(walk):
        return
    cluster = walk.cluster_name or "CLUSTER"
    yield Diagnosis(
        confidence="certain",
        title=f"`{walk.namespace}/{walk.account_name}` has no Pod Identity association any more",
        explanation="The pod was made while there was one; credentials that were given out work until they end.",
        evidence=walk.result("binding").evidence,
        expected=f"an association for {walk.namespace}/{walk.account_name}",
        got="none in the cluster's list",
        symptom="(ResourceNotFoundException): No association found",
        help=(
            f"aws eks create-pod-identity-association --cluster-name {quote(cluster)} "
            f"--namespace {quote(walk.namespace)} --service-account {quote(walk.account_name)} --role-arn ROLE_ARN",
            "or, where IRSA is meant, recreate the pod: it is given the annotation's role then",
        ),
    )


def _never_made(walk: Walk, role: Located[Role]) -> Diagnosis:
    own = walk.account.source.at("metadata", "name") if walk.account else walk.spec_source
    here = [Finding(own, walk.account_name, "no association and no annotation")] if own else []
    return Diagnosis(
        confidence="likely",
        title=f"no Pod Identity association binds `{walk.namespace}/{walk.account_name}`, and role "
        f"`{role.value.name}` waits for one",
        explanation="The role trusts EKS Pod Identity, and no association of the cluster names it.",
        evidence=(
            *here,
            Finding(role.source.at("AssumeRolePolicyDocument"), role.value.arn, "trusts EKS Pod Identity"),
        ),
        expected=f"an association for {walk.namespace}/{walk.account_name}",
        got="none in the cluster's list",
        symptom=NODE_ROLE,
        help=(
            f"aws eks create-pod-identity-association --cluster-name {quote(walk.cluster_name or 'CLUSTER')} "
            f"--namespace {quote(walk.namespace)} --service-account {quote(walk.account_name)} "
            f"--role-arn {quote(role.value.arn)}",
            "then recreate its pods",
        ),
        rank=1,
    )
