"""The pod's own service account carries no role, though a role that trusts it exists.

What: reads the annotation eks.amazonaws.com/role-arn of the pod's service account.
Why it denies: the webhook injects nothing, so AWS clients fall through to the node's role.
Not a problem when: EKS Pod Identity binds the account, or the container sets AWS_ROLE_ARN itself.
"""

from collections.abc import Iterator
from shlex import quote

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.messages.sts import NODE_ROLE
from trustpath.engine.webhook import ROLE_ANNOTATION
from trustpath.model.answers import Located
from trustpath.model.iam import Role
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.admission import self_hosted_webhook
from trustpath.paths.pod_to_aws.binding import annotated_neighbours, misplaced_annotation, roles_for_subject, wrong_keys
from trustpath.paths.pod_to_aws.walk import Walk


@cause("binding")
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when a known role admits this very account and the account does not name it."""
    if walk.account is None or walk.binding is not None:
        return
    roles = roles_for_subject(walk)
    near = wrong_keys(walk.account)
    if not roles and not near:
        return
    named = {item.value.metadata.annotation(ROLE_ANNOTATION) for item in annotated_neighbours(walk)}
    own_role = any(role.value.arn not in named for role in roles)
    metadata = walk.account.source.at("metadata")
    wrong = [
        Finding(metadata.at("annotations", key), key, "a key that the webhook does not read", key=True) for key in near
    ]
    trusting = [
        Finding(role.source.at("AssumeRolePolicyDocument"), role.value.arn, "trusts this account") for role in roles
    ]
    sure = roles and own_role and not misplaced_annotation(walk) and not self_hosted_webhook(walk.snapshot)
    yield Diagnosis(
        confidence="certain" if sure else "likely",
        title=f"service account `{walk.namespace}/{walk.account_name}` names no role",
        explanation=(
            f"{' and '.join(role.value.arn for role in roles)} trusts this account, but the account has no "
            f"annotation {ROLE_ANNOTATION}."
            if roles
            else f"It has {', '.join(near)}, which the EKS webhook does not read."
        ),
        evidence=(
            *wrong,
            Finding(metadata.at("name"), walk.account_name, "no role-arn annotation"),
            *trusting,
        ),
        expected=f"annotation {ROLE_ANNOTATION}",
        got=", ".join(near) or "no annotation",
        symptom=NODE_ROLE,
        help=_commands(walk, roles),
        rank=0 if own_role and walk.account_name != "default" else 2,
    )


def _commands(walk: Walk, roles: tuple[Located[Role], ...]) -> tuple[str, ...]:
    """Return how the role is written on the account, with EKS's own way first where EKS manages it."""
    target = f"serviceaccount {quote(walk.account_name)} -n {quote(walk.namespace)}"
    arn = roles[0].value.arn if len(roles) == 1 else "<role ARN>"
    commands = [
        f"kubectl annotate {target} {ROLE_ANNOTATION}={quote(arn)}",
        "then recreate its pods: the webhook acts only when a pod is created",
    ]
    for addon in walk.snapshot.aws.addons():
        if roles and not addon.value.role_arn and addon.value.name in _addons_of(walk):
            commands[0] = f"or: {commands[0]}   # where EKS does not manage the account"
            commands.insert(
                0,
                f"aws eks update-addon --cluster-name {quote(addon.value.cluster)} "
                f"--addon-name {quote(addon.value.name)} --service-account-role-arn {quote(arn)}",
            )
            break
    return tuple(commands)


def _addons_of(walk: Walk) -> tuple[str, ...]:
    """Return the EKS add-ons that the pod's labels name; EKS writes the role on their accounts."""
    labels = walk.metadata.labels or {}
    account = (walk.account.value.metadata.labels or {}) if walk.account else {}
    return (*labels.values(), *account.values())
