"""Kubernetes request: may this user do it?

``LINKS`` is what the API server does once it knows who asks.
"""

from trustpath.engine.messages.symptom import Symptom
from trustpath.engine.rbac.request import User
from trustpath.model.question import KubernetesRequest
from trustpath.model.snapshot import Snapshot
from trustpath.paths.kubernetes_request import account, authorization, escalation
from trustpath.paths.kubernetes_request.walk import Walk, WrittenObject
from trustpath.paths.links import LinkStep, follow

LINKS: tuple[LinkStep[Walk], ...] = (
    LinkStep("account", "the service account exists", account.follow),
    LinkStep("authorization", "the user may do it", authorization.follow),
    LinkStep("escalation", "what is granted is held", escalation.follow),
)


def follow_kubernetes_request(
    snapshot: Snapshot,
    question: KubernetesRequest,
    symptom: Symptom | None = None,
    written: WrittenObject | None = None,
) -> Walk:
    """Walk the path."""
    walk = Walk(snapshot, question, User(question.user, question.groups), symptom=symptom, object=written)
    follow(LINKS, walk)
    return walk
