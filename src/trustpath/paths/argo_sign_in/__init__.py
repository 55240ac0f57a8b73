"""Argo sign-in: as whom does a person act who signs in to Argo's server by OIDC?"""

from trustpath.errors import QuestionError
from trustpath.model.argo import Installation, installations
from trustpath.model.question import ArgoSignIn
from trustpath.model.snapshot import Snapshot
from trustpath.paths.argo_sign_in import auth_mode, rules, token_secret
from trustpath.paths.argo_sign_in.walk import Walk
from trustpath.paths.links import LinkStep, follow

LINKS: tuple[LinkStep[Walk], ...] = (
    LinkStep("auth-mode", "the server lets people sign in", auth_mode.follow),
    LinkStep("sso-rule", "a rule chooses a service account", rules.follow),
    LinkStep("token-secret", "the account's token is there", token_secret.follow),
)


def follow_argo_sign_in(snapshot: Snapshot, question: ArgoSignIn) -> Walk:
    """Walk the path. Raises QuestionError where no server is in the namespace."""
    walk = Walk(snapshot, question, _installation(snapshot, question.namespace))
    follow(LINKS, walk)
    return walk


def _installation(snapshot: Snapshot, namespace: str) -> Installation:
    servers = [item for item in installations(snapshot) if item.server is not None]
    here = [item for item in servers if item.namespace == namespace]
    if here:
        return here[0]
    watching = [item for item in servers if item.watches(namespace)]
    if len(watching) == 1:
        return watching[0]
    places = ", ".join(item.namespace for item in servers)
    raise QuestionError(
        f"no server of Argo Workflows in namespace {namespace}",
        f"there is one in {places}" if places else "give its Deployment: kubectl get deployments -A -o yaml",
    )
