"""What may bind a role to the pod: the annotation in its place, an association, or another account."""

from collections.abc import Iterator

from trustpath.engine import webhook
from trustpath.fixes.repairs.workloads import annotated_account, patched_template, restarts
from trustpath.model.fix import Candidate, CreateAssociation
from trustpath.paths.pod_to_aws.binding import (
    associated_neighbours,
    bound_neighbours,
    misplaced_annotation,
    roles_for_subject,
    unassociated_role,
    wrong_keys,
)
from trustpath.paths.pod_to_aws.walk import Walk


def repair(walk: Walk) -> Iterator[Candidate]:
    """Yield what may bind the role that is meant."""
    account = f"{walk.namespace}/{walk.account_name}"
    if walk.account is not None:
        wrong = wrong_keys(walk.account)
        annotations = walk.account.value.metadata.annotations or {}
        for key in wrong:
            change = annotated_account(walk, _whole(walk, annotations[key]), instead_of=wrong)
            title = f"annotate {account} with {webhook.ROLE_ANNOTATION} in place of {key}"
            yield Candidate(title, (change, *restarts(walk)))
    misplaced = misplaced_annotation(walk)
    if misplaced is not None:
        title = f"annotate service account {account}, not the pod"
        yield Candidate(title, (annotated_account(walk, misplaced.value), *restarts(walk)))
    for role in roles_for_subject(walk):
        title = f"annotate {account} with {role.value.arn}, which trusts it"
        yield Candidate(title, (annotated_account(walk, role.value.arn), *restarts(walk)))
    for neighbour in bound_neighbours(walk):
        name = neighbour.value.metadata.name
        if changes := patched_template(walk, "serviceAccountName", value=name):
            yield Candidate(f"run the pod as service account {name}, which is bound to a role", changes)
    for associated in associated_neighbours(walk):
        item = associated.value
        if item.namespace == walk.namespace and (
            changes := patched_template(walk, "serviceAccountName", value=item.service_account)
        ):
            yield Candidate(f"run the pod as service account {item.service_account}, which has an association", changes)
        if item.role_arn:
            yield _association(walk, item.role_arn)
    unbound = unassociated_role(walk)
    if unbound is not None:
        yield _association(walk, unbound.value.arn)


def _whole(walk: Walk, role: str) -> str:
    """Return the ARN of a role that an annotation of another tool gives by its name alone."""
    found = [item.value.arn for item in walk.snapshot.aws.roles() if item.value.name == role]
    return found[0] if len(found) == 1 else role


def _association(walk: Walk, role: str) -> Candidate:
    made = CreateAssociation(walk.cluster_name, walk.namespace, walk.account_name, role)
    title = f"associate {walk.namespace}/{walk.account_name} with {role}"
    return Candidate(title, (made, *restarts(walk)))
