"""A message alone: where it comes from, what it means, and what to look at. There are no facts to prove it with."""

from dataclasses import dataclass, field

from trustpath.engine.messages.forbidden import Forbidden
from trustpath.engine.messages.symptom import Symptom
from trustpath.model.question import AskedRequest, Message
from trustpath.model.snapshot import Snapshot
from trustpath.model.source import Source
from trustpath.paths.links import MESSAGE, LinkResult, Sentences, broken, message_finding
from trustpath.paths.who_can import asked_request

TITLES = {
    "admission": "admission lets the object in",
    "agent": "the Pod Identity agent answers",
    "authz": "the user may do it",
    "ci": "the pipeline has an identity",
    "argo": "Argo lets the caller in",
    "client-creds": "the client finds its credentials",
    "client-exec": "the credential plugin runs",
    "eks-api": "EKS's API takes the call",
    "eks-auth": "EKS Pod Identity gives credentials",
    "iam-api": "IAM takes the document",
    "iam-authz": "IAM allows the call",
    "imds": "the instance gives credentials",
    "k8s-node": "the node is known as a node",
    "mapping": "the cluster knows the principal",
    "net": "the endpoint answers",
    "sdk-chain": "the SDK finds credentials",
    "sts": "STS accepts the token",
    "tf": "Terraform knows the cluster",
    "tls": "the server's certificate is trusted",
    "token": "the API server accepts the token",
    "token-file": "the token's file can be read",
}


@dataclass
class MessageWalk:
    """What a message shows: one link, the layer that it comes from."""

    snapshot: Snapshot
    question: Message
    symptom: Symptom
    results: dict[str, LinkResult] = field(default_factory=dict)
    behind: dict[str, LinkResult] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)

    def result(self, link: str) -> LinkResult:
        """Return what a link found."""
        return self.results[link]

    @property
    def sentences(self) -> Sentences:
        """Return how to say it."""
        return Sentences("", "it is refused", "it is refused", "why it is refused")

    @property
    def symptom_place(self) -> Source:
        """Return the place of the message."""
        return Source.of_line(MESSAGE, 1)

    @property
    def log_subject(self) -> str:
        """Return nothing: there are no logs."""
        return ""

    @property
    def http_status(self) -> int:
        """Return the status that the message stands for."""
        return self.symptom.http_status


def read_message(snapshot: Snapshot, symptom: Symptom) -> MessageWalk:
    """Return the walk of a message."""
    refused = symptom.forbidden
    request = refused.request if refused else None
    question = Message(
        symptom.text,
        (refused.user or "") if refused else "",
        asked_request(request) if request else _what_is_left(refused),
    )
    walk = MessageWalk(snapshot, question, symptom)
    walk.titles[symptom.layer] = TITLES[symptom.layer]
    walk.results[symptom.layer] = broken(symptom.says, message_finding(symptom.text), got=symptom.text.strip()[:200])
    return walk


def _what_is_left(refused: Forbidden | None) -> AskedRequest | None:
    """Return what a message that was cut still says of its request."""
    if refused is None or (refused.verb is None and refused.resource is None):
        return None
    return AskedRequest(
        refused.verb or "",
        refused.group or "",
        refused.resource or "",
        refused.subresource or "",
        refused.namespace or "",
        refused.name,
        refused.path or "",
    )
