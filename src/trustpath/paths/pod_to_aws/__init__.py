"""Pod → AWS: does this workload get its IAM role, by IRSA, by EKS Pod Identity or from its node, and what may it do?

``LINKS`` is the chain that people walk by hand; each link has a file of its own and asks one engine.
"""

from collections.abc import Callable

from trustpath.engine.credentials.sdks import SdkVersion
from trustpath.engine.messages.symptom import Symptom
from trustpath.model.question import PodToAws
from trustpath.model.snapshot import Snapshot
from trustpath.paths.links import LinkResult, LinkStep, follow
from trustpath.paths.pod_to_aws import (
    admission,
    binding,
    identity,
    network,
    node,
    oidc_provider,
    permissions,
    role_arn,
    role_chain,
    sdk,
    service_account,
    symptoms,
    token,
    trust_policy,
    workload,
)
from trustpath.paths.pod_to_aws.walk import Walk


def _workload(walk: Walk) -> LinkResult:
    result = workload.follow(walk)
    symptoms.find_symptom(walk)
    symptoms.take_question(walk)
    return result


def _with_message(link: str, follow_link: Callable[[Walk], LinkResult]) -> Callable[[Walk], LinkResult]:
    """Let a message settle what the facts leave open of a link."""
    return lambda walk: symptoms.blame(walk, link, follow_link(walk))


_STEPS: tuple[LinkStep[Walk], ...] = (
    LinkStep("service-account", "its service account exists", service_account.follow),
    LinkStep("binding", "a role is bound to it", binding.follow),
    LinkStep("role-arn", "the role exists", role_arn.follow),
    LinkStep("admission", "the pod was given role and token", admission.follow),
    LinkStep("token", "the token is meant for its reader", token.follow),
    LinkStep("sdk", "the program takes these credentials", sdk.follow),
    LinkStep("node", "the node serves credentials", node.follow),
    LinkStep("network", "the right endpoint is reached", network.follow),
    LinkStep("oidc-provider", "IAM knows the cluster's issuer", oidc_provider.follow),
    LinkStep("trust-policy", "the role trusts this service account", trust_policy.follow),
    LinkStep("identity", "the pod acts as the role", identity.follow),
    LinkStep("role-chain", "the second role is assumed", role_chain.follow),
    LinkStep("permissions", "the role may do it", permissions.follow),
)
LINKS: tuple[LinkStep[Walk], ...] = (
    LinkStep("workload", "the workload is there", _workload),
    *(LinkStep(step.id, step.title, _with_message(step.id, step.follow)) for step in _STEPS),
)


def follow_pod_to_aws(
    snapshot: Snapshot, question: PodToAws, symptom: Symptom | None = None, sdk_version: SdkVersion | None = None
) -> Walk:
    """Walk the path. Raises QuestionError when the facts show that the question names nothing."""
    walk = Walk(snapshot, question, symptom=symptom, sdk=sdk_version)
    follow(LINKS, walk)
    return walk
