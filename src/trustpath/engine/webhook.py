"""The pod identity webhook: which pods it is called for and what it injects.

Source: eks-identity section 3 (W1 to W18).
"""

import csv
import re
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from trustpath.engine.iam.three_valued import Truth, every
from trustpath.engine.labels import selects
from trustpath.engine.sts import DEFAULT_AUDIENCE
from trustpath.model.kubernetes import (
    Container,
    LabelSelector,
    Metadata,
    PodSpec,
    Webhook,
    WebhookRule,
)

ROLE_ANNOTATION = "eks.amazonaws.com/role-arn"
AUDIENCE_ANNOTATION = "eks.amazonaws.com/audience"
EXPIRATION_ANNOTATION = "eks.amazonaws.com/token-expiration"
SKIP_ANNOTATION = "eks.amazonaws.com/skip-containers"
SKIP_LABEL = "eks.amazonaws.com/skip-pod-identity-webhook"

DEFAULT_EXPIRATION = 86400
MINIMUM_EXPIRATION = 600
VOLUME = "aws-iam-token"
MOUNT_PATH = "/var/run/secrets/eks.amazonaws.com/serviceaccount"
TOKEN_FILE = f"{MOUNT_PATH}/token"
ROLE_VARIABLE = "AWS_ROLE_ARN"
TOKEN_VARIABLE = "AWS_WEB_IDENTITY_TOKEN_FILE"  # noqa: S105  # a variable's name
WEB_IDENTITY_VARIABLES = (ROLE_VARIABLE, TOKEN_VARIABLE)
POD_IDENTITY_VARIABLES = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")

EKS_WEBHOOK, EKS_URL = "iam-for-pods.amazonaws.com", "https://127.0.0.1:23443/mutate"
_WEBHOOK_NAMES = frozenset({"iam-for-pods.amazonaws.com", "pod-identity-webhook.amazonaws.com"})
_INTEGER = re.compile(r"[+-]?[0-9]{1,100}")

Skip = Literal["", "skip-containers", "variables-set"]
Element = Literal["", "rules", "objectSelector", "namespaceSelector"]


class Injection(Struct, frozen=True):
    """What the webhook gives a pod: the role, and the token's audience and seconds to live (W1, W10)."""

    role_arn: str
    audience: str
    expiration: int


def injection(account: Metadata, pod: Metadata) -> Injection | None:
    """Return what the webhook injects for a service account and a pod, or None without an annotation."""
    role_arn = account.annotation(ROLE_ANNOTATION)
    if not role_arn:
        return None
    # An empty audience is one: the API server's own.
    audience = (account.annotations or {}).get(AUDIENCE_ANNOTATION, DEFAULT_AUDIENCE)
    expiration = DEFAULT_EXPIRATION
    for metadata in (account, pod):  # W2: the pod's value overrides
        given = seconds(metadata.annotation(EXPIRATION_ANNOTATION))
        if given is not None:
            expiration = max(given, MINIMUM_EXPIRATION)
    return Injection(role_arn, audience, expiration)


def seconds(text: str) -> int | None:
    """Return the value of an expiration annotation, None where it is no integer (W1)."""
    number = int(text) if _INTEGER.fullmatch(text) else None
    return number if number is not None and -(2**63) <= number < 2**63 else None


def skipped(container: Container, pod: Metadata, pair: tuple[str, str] = WEB_IDENTITY_VARIABLES) -> Skip:
    """Return why the webhook leaves a container without its pair of variables, empty when it does not (W8).

    Only names in ``env`` count: what ``envFrom`` sets is invisible to the webhook.
    """
    if container.name in skip_list(pod.annotation(SKIP_ANNOTATION)):
        return "skip-containers"
    if any(container.variable(name) for name in pair):
        return "variables-set"
    return ""


def untouched(container: Container) -> bool:
    """Return whether a container has nothing that the webhook gives."""
    named = (ROLE_VARIABLE, TOKEN_VARIABLE)
    mounted = any(mount.name == VOLUME for mount in container.volume_mounts or ())
    return not mounted and not any(container.variable(name) for name in named)


def skip_list(text: str) -> tuple[str, ...]:
    """Return the names of a skip annotation: one CSV record; spaces count, and one that does not parse skips nothing
    (W2)."""
    try:
        records = list(csv.reader([text], strict=True)) if text else []
    except csv.Error:
        return ()
    return tuple(records[0]) if records else ()


def is_pod_identity_webhook(webhook: Webhook) -> bool:
    """Return whether a webhook is the pod identity webhook, EKS's own or a self-hosted one (W15, W17)."""
    return webhook.name in _WEBHOOK_NAMES or "pod-identity-webhook" in webhook.name


def is_self_hosted(webhooks: Iterable[Webhook]) -> bool:
    """Return whether none of the webhooks is EKS's own: then its flags may change every default (W1, W17)."""
    names = [webhook.name for webhook in webhooks]
    return bool(names) and "iam-for-pods.amazonaws.com" not in names


def left_out_by(webhook: Webhook, pod: Metadata, namespace_labels: dict[str, str] | None) -> Element:
    """Return the element that surely keeps a pod from the webhook, empty when none does (W15, W16).

    ``namespace_labels`` is None when the namespace was not read.
    """
    if not any(_covers_pods(rule) for rule in webhook.rules or ()):
        return "rules"
    if not _selects(webhook.object_selector, pod.labels or {}):
        return "objectSelector"
    if namespace_labels is not None and not _selects(webhook.namespace_selector, namespace_labels):
        return "namespaceSelector"
    return ""


def called_for(webhook: Webhook, pod: Metadata, namespace_labels: dict[str, str] | None) -> Truth:
    """Return whether the API server calls the webhook when it creates a pod.

    ``namespace_labels`` is None when the namespace was not read. Conditions in CEL are not evaluated.
    """
    if left_out_by(webhook, pod, namespace_labels):
        return False
    selector = webhook.namespace_selector
    selects_all = selector is None or not (selector.match_labels or selector.match_expressions)
    by_namespace: Truth = True if selects_all or namespace_labels is not None else None
    return every((by_namespace, None if webhook.match_conditions else True))


def _covers_pods(rule: WebhookRule) -> bool:
    return (
        bool({"CREATE", "*"} & set(rule.operations or ()))
        and bool({"", "*"} & set(rule.api_groups or ()))
        and bool({"v1", "*"} & set(rule.api_versions or ()))
        and bool({"pods", "*", "*/*"} & set(rule.resources or ()))
        and rule.scope in (None, "*", "Namespaced")
    )


def _selects(selector: LabelSelector | None, labels: dict[str, str]) -> bool:
    return selector is None or selects(selector, labels)


def injected_volume(spec: PodSpec, name: str = VOLUME) -> bool:
    """Return whether the pod has the volume that the webhook adds (W10); ``name`` tells for which method."""
    return any(volume.name == name for volume in spec.volumes or ())
