"""The trust policy does not let EKS Pod Identity assume the role.

What: asks the trust policy for pods.eks.amazonaws.com with sts:AssumeRole and sts:TagSession.
Why it denies: EKS Auth needs both actions as that service (P5).
Not a problem when: a condition is what fails: then that is the cause.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.engine.eks.pod_identity import ASSUME_ROLE, SERVICE, TAG_SESSION
from trustpath.engine.messages.sts import POD_IDENTITY_REFUSED
from trustpath.paths.links import Finding
from trustpath.paths.pod_to_aws.pod_identity_trust import missing_actions, nearest
from trustpath.paths.pod_to_aws.trust_misses import update_commands
from trustpath.paths.pod_to_aws.walk import Walk


@cause("trust-policy", when_unknown=True)
def check(walk: Walk) -> Iterator[Diagnosis]:
    """Hold when no statement for the service names one of the actions."""
    trust = walk.pod_identity_trust
    if trust is None:
        return
    missing = missing_actions(walk)
    if not missing:
        return
    policy = trust.role.source.at("AssumeRolePolicyDocument")
    found = nearest(walk)
    place = [Finding(policy.at(*found[1].statement.path), found[1].statement.sid, "for the service")] if found else []
    both = set(missing) == {ASSUME_ROLE, TAG_SESSION}
    what = " and ".join(missing)
    title = (
        f"role `{trust.role.value.name}` does not trust {SERVICE}"
        if both and not found
        else (f"the trust policy of `{trust.role.value.name}` lacks {what} for {SERVICE}")
    )
    yield Diagnosis(
        confidence="likely" if missing == (TAG_SESSION,) and not trust.call.tags else "certain",
        title=title,
        explanation="EKS Pod Identity comes as a service and needs both actions; what serves IRSA does not serve it.",
        evidence=(*place, Finding(policy, "", "trust policy")),
        expected=f"Service: {SERVICE}, {ASSUME_ROLE} and {TAG_SESSION}",
        got=f"no {what}",
        symptom=POD_IDENTITY_REFUSED,
        help=(
            f"add a statement with Principal Service {SERVICE} and the actions {ASSUME_ROLE} and {TAG_SESSION}",
            *update_commands(trust.role.value.name),
        ),
    )
