"""Pod → AWS: does this workload get its IAM role, by IAM roles for service accounts (IRSA)?

``LINKS`` is the chain that people walk by hand; each link has a file of its own and asks one engine.
"""

from trustpath.engine.messages.symptom import Symptom
from trustpath.model.question import PodToAws
from trustpath.model.snapshot import Snapshot
from trustpath.paths.links import LinkStep, follow
from trustpath.paths.pod_to_aws import (
    admission,
    binding,
    identity,
    oidc_provider,
    permissions,
    role_arn,
    service_account,
    token,
    trust_policy,
    workload,
)
from trustpath.paths.pod_to_aws.walk import Walk

LINKS: tuple[LinkStep[Walk], ...] = (
    LinkStep("workload", "the workload is there", workload.follow),
    LinkStep("service-account", "its service account exists", service_account.follow),
    LinkStep("binding", "a role is bound to it", binding.follow),
    LinkStep("role-arn", "the role exists", role_arn.follow),
    LinkStep("admission", "the pod was given role and token", admission.follow),
    LinkStep("token", "the token is meant for STS", token.follow),
    LinkStep("oidc-provider", "IAM knows the cluster's issuer", oidc_provider.follow),
    LinkStep("trust-policy", "the role trusts this service account", trust_policy.follow),
    LinkStep("identity", "the pod acts as the role", identity.follow),
    LinkStep("permissions", "the role may do it", permissions.follow),
)


def follow_pod_to_aws(snapshot: Snapshot, question: PodToAws, symptom: Symptom | None = None) -> Walk:
    """Walk the path. Raises QuestionError when the facts show that the question names nothing."""
    walk = Walk(snapshot, question, symptom=symptom)
    follow(LINKS, walk)
    return walk
