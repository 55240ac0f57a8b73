"""What may let the role do what is asked: one more inline policy, of just that."""

import re
from collections.abc import Iterator

from trustpath.engine.iam.service_reference import takes_no_resource
from trustpath.model.fix import Candidate, PutRolePolicy
from trustpath.paths.pod_to_aws.walk import Walk
from trustpath.paths.role_permissions import Evaluation


def repair(walk: Walk) -> Iterator[Candidate]:
    """Yield a policy for each call that is denied because nothing of the role's allows it."""
    found = [item for item in (walk.on_the_way, walk.evaluation, *walk.behind_call) if item is not None]
    for item in found:
        # Without a resource in the question a policy for it would be one for all resources.
        told = bool(item.resource) or takes_no_resource(item.action.lower())
        if "*" in item.action or not told:
            return
        if item.decision.result == "implicitly-denied" and item.decision.layer in ("identity", ""):
            yield _allowed(walk, item)
            return


def _free_name(walk: Walk, role: str, name: str) -> str:
    """Return a name that no inline policy of the role has: one of the same name would be overwritten."""
    answers = walk.snapshot.answers
    taken = {item.value.name for item in answers.inline_policies if item.value.role == role}
    taken.update(name for item in answers.inline_policy_names if item.value.role == role for name in item.value.names)
    number = 1
    tried = name
    while tried in taken:
        number += 1
        tried = f"{name}-{number}"
    return tried


def _allowed(walk: Walk, found: Evaluation) -> Candidate:
    role, action = found.session.role, found.action
    resource = "*" if not found.resource or takes_no_resource(action.lower()) else found.resource
    name = _free_name(walk, role.name, re.sub(r"[^\w+=,.@-]", "-", action))
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}],
    }
    title = f"allow role {role.name} {action} on {resource}"
    return Candidate(title, (PutRolePolicy(str(role), name, document),))
