"""What a message says: the layer that it comes from, the request that was refused, and the causes to think of."""

import re
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct, structs

from trustpath.engine.messages import forbidden
from trustpath.engine.messages.aws_refusal import AwsRefusal, as_message, read_refusal
from trustpath.engine.messages.cleaning import spellings
from trustpath.engine.messages.error_table import ROWS, find_row
from trustpath.engine.messages.forbidden import Forbidden
from trustpath.engine.messages.rows import Row
from trustpath.engine.rbac.request import ANONYMOUS, ResourceRequest, account_of
from trustpath.model.api_resources import find_resource

Kind = Literal["request", "escalation", "admission", "other"]

_ESCALATION = re.compile(
    r'(?:(?P<resource>[a-z]{1,40})\.rbac\.authorization\.k8s\.io "(?P<name>[^"]{0,300})" is forbidden: )?'
    r'user "(?P<user>[^"]{0,300})" \(groups=\[(?P<groups>[^\]]{0,2000})\]\) is attempting to grant RBAC permissions'
)
_ANY_ADMISSION = re.compile(r"is forbidden: (?!User |user |\W{0,4}User )\S.{4,}")
# Before Kubernetes 1.12.
_OLD_ESCALATION = re.compile(
    r'(?:(?P<resource>[a-z]{1,40})(?:\.rbac\.authorization\.k8s\.io)? "(?P<name>[^"]{0,300})" is forbidden: )?'
    r'(?:user "(?P<user>[^"]{0,300})" )?(?:attempt to|cannot) grant extra privileges'
)
# 403 and not RBAC: what admission says (5.4), and the cause where there is one.
_ADMISSION: tuple[tuple[re.Pattern[str], tuple[str, ...], str], ...] = (
    (
        re.compile(r"error looking up service account (?P<account>\S+): serviceaccount"),
        ("serviceaccount-missing", "service-account-missing"),
        "the pod names a service account that does not exist",
    ),
    (re.compile(r'violates PodSecurity "'), (), "the namespace's Pod Security level does not allow the pod"),
    (re.compile(r"exceeded quota: "), (), "the namespace's quota is used up"),
    (re.compile(r"admission webhook \"[^\"]+\" denied the request"), (), "an admission webhook refused the object"),
    (re.compile(r"ValidatingAdmissionPolicy '[^']+' with binding"), (), "an admission policy refused the object"),
    (re.compile(r"because it is being terminated"), (), "the namespace is being deleted"),
    (re.compile(r"is forbidden: node \"[^\"]*\" is not allowed to"),
     ("aws-auth-wrong-username-or-group", "access-entry-wrong-type", "aws-auth-node-mapping-overrides-admin"),
     "NodeRestriction: a node may write its own objects only"),
)  # fmt: skip
_CLOCK = re.compile(r"(?i)not yet current|signature expired")
_ANY_USER = "E038"
_UNAUTHORIZED = re.compile(r"^\W*(?:error: )?(?:\(?401\)? )?Unauthorized\W*$|\bUnauthorized\b(?!Operation)")


class Symptom(Struct, frozen=True):
    """A message, read. ``layer`` is where it comes from, ``says`` what it means, ``check`` what decides.

    ``causes`` are ids, the likeliest first. ``groups`` are those that an escalation message prints, else None.
    """

    text: str
    kind: Kind
    layer: str
    says: str
    check: str
    causes: tuple[str, ...]
    row: Row | None = None
    forbidden: Forbidden | None = None
    groups: tuple[str, ...] | None = None
    refusal: AwsRefusal | None = None

    @property
    def http_status(self) -> int:
        """Return the API server's status that the message stands for, 0 for a message of somebody else."""
        if self.kind in ("request", "escalation", "admission"):
            return 403
        return 401 if self.layer in ("token", "mapping") else 0


def read_symptom(text: str) -> Symptom | None:
    """Return what a message says, or None where nothing in it is known.

    The text may be a CloudTrail event or a decoded authorization message as well.
    """
    message = as_message(text)
    found = _read(message)
    refused = next((said for form in spellings(message) if (said := read_refusal(form))), None)
    if refused is None:
        return found
    if found is None:
        if not refused.principal:
            return None
        row = find_row("An error occurred (AccessDenied)")
        found = Symptom(text, "other", "iam-authz", row.says if row else "", row.check if row else "", (), row)
    if found.kind != "other":
        return found
    causes = refusal_causes(refused)
    if not refused.layer:
        # Nothing says which policy it was: the row's own causes come as well.
        causes = (*causes, *found.causes)
    return structs.replace(found, refusal=refused, causes=tuple(dict.fromkeys(causes)), text=text)


_AGENT = "eks-auth:AssumeRoleForPodIdentity"


def refusal_causes(refused: AwsRefusal) -> tuple[str, ...]:
    """Return the causes that a refusal makes one think of: by the kind of policy (S24), else by the action."""
    action = refused.action.lower()
    if not action:
        return ()
    if refused.by_node and action != _AGENT.lower() and refused.layer in ("", "identity"):
        return ()  # the node acts: that is another question
    if refused.layer:
        return _by_layer(refused, action)
    if action.startswith("sts:assumerole") and refused.role and refused.role == refused.resource.rpartition("/")[2]:
        return ("role-self-assume-denied",)
    if refused.explicit:
        return ("identity-policy-explicit-deny", "scp-explicit-deny", *_resource_deny(action))
    if action.startswith("kms:"):
        return ("identity-policy-missing-kms", "kms-key-policy-blocks")
    if action.startswith("sts:") or action == _AGENT.lower() or not refused.role:
        return ()
    return ("identity-policy-missing-action", "identity-policy-wrong-resource")


def _by_layer(refused: AwsRefusal, action: str) -> tuple[str, ...]:
    """Return the causes of a refusal that names the kind of policy."""
    key = action.startswith("kms:")
    if refused.explicit:
        causes: dict[str, tuple[str, ...]] = {
            "identity": ("identity-policy-explicit-deny",),
            "resource": _resource_deny(action),
            "boundary": ("permissions-boundary-blocks",),
            "session": ("session-policy-blocks",),
            "scp": ("scp-explicit-deny",),
            "rcp": ("rcp-explicit-deny",),
            "trust": ("trust-explicit-deny",),
        }
        return causes.get(refused.layer, ())
    identity: tuple[str, ...] = ("identity-policy-missing-action", "identity-policy-wrong-resource")
    if action == _AGENT.lower():
        identity = ("pod-identity-node-role",)
    elif key:
        identity = ("identity-policy-missing-kms",)
    elif action.startswith("sts:tagsession"):
        identity = ("chain-target-lacks-tagsession", *identity)
    causes = {
        "identity": (*identity, "identity-policy-condition"),
        "resource": ("kms-key-policy-blocks",) if key else ("resource-policy-missing-allow",),
        "boundary": ("permissions-boundary-blocks",),
        "session": ("session-policy-blocks",),
        "scp": ("scp-missing-allow",),
        "rcp": ("rcp-explicit-deny",),
        "trust": ("chain-target-does-not-trust", "role-self-assume-denied"),
    }
    return causes.get(refused.layer, ())


def _resource_deny(action: str) -> tuple[str, ...]:
    if action.startswith("kms:"):
        return ("kms-key-policy-blocks",)
    return ("bucket-policy-explicit-deny",) if action.startswith("s3:") else ("resource-policy-explicit-deny",)


def _read(text: str) -> Symptom | None:
    found = forbidden.read(text)
    is_request = found is not None and found.request is not None
    for form in spellings(text):
        if match := _ESCALATION.search(form) or _OLD_ESCALATION.search(form):
            return _escalation(text, match)
        # A webhook may have been refused itself, and says so with the API server's message.
        for pattern, causes, says in () if is_request else _ADMISSION:
            if pattern.search(form):
                return Symptom(text, "admission", "admission", says, "the text behind `is forbidden:`", causes)
    if not is_request and any(_ANY_ADMISSION.search(form) for form in spellings(text)):
        check = "the text behind `is forbidden:`"
        return Symptom(text, "admission", "admission", "admission refused the object", check, ())
    row = find_row(text)
    if found is not None and (found.user is not None or found.resource is not None or found.path is not None):
        if row is None or row.layer not in ("authz", "token", "k8s-node") or row.number == _ANY_USER:
            row = _authorization_row(found)
        return Symptom(text, "request", row.layer, row.says, row.check, request_causes(found, row), row, found)
    if row is None:
        form = next(spellings(text), "")
        row = find_row("Unauthorized") if _UNAUTHORIZED.search(form) else None
    if row is None:
        return None
    causes = row.causes
    if _CLOCK.search(text) and "token-clock-skew" in causes:
        # T4: a date that is to come.
        causes = tuple(sorted(causes, key=lambda identifier: identifier != "token-clock-skew"))
    return Symptom(text, "other", row.layer, row.says, row.check, causes, row)


def _authorization_row(found: Forbidden) -> Row:
    """Return the row of a Forbidden message by its user, whatever is cut off or blacked out in it."""
    user = found.user or ""
    if user.startswith("arn:"):
        number = "E035" if ":assumed-role/" in user else "E036"
        return next(row for row in ROWS if row.number == number)
    row = find_row(f'User "{user or "somebody"}" cannot get path ')
    return row or next(row for row in ROWS if row.number == _ANY_USER)


def _escalation(text: str, match: re.Match[str]) -> Symptom:
    said = match.groupdict()
    groups = tuple(re.findall(r'"([^"]*)"', said.get("groups") or ""))
    resource = match["resource"]
    refused = Forbidden(
        user=said.get("user"),
        verb="create",
        group="rbac.authorization.k8s.io",
        resource=resource,
        name=said.get("name") or "",
    )
    return Symptom(
        text,
        "escalation",
        "authz",
        "the caller grants what it does not hold itself",
        "the lines below the message: each is a rule that the caller lacks",
        ("rbac-escalation-prevented",),
        None,
        refused,
        groups if "groups" in said else None,
    )


def request_causes(found: Forbidden, row: Row) -> tuple[str, ...]:
    """Return the causes of a refused request, by what the message alone shows."""
    causes = dict.fromkeys((*_by_request(found), *row.causes))
    account = account_of(found.user or "")
    if account is not None and account[1] != "default":
        causes.pop("workload-default-serviceaccount", None)
    return tuple(causes)


_OF_CONTROLLER = frozenset({"leases", "workflowartifactgctasks", "workflowtasksets", "poddisruptionbudgets"})


def _of_argo(found: Forbidden) -> Iterator[str]:
    """Yield the causes in Argo Workflows that a refusal makes one think of, by what is asked and the account's name."""
    account = account_of(found.user or "")
    if account is None:
        return
    writes = found.verb in ("create", "patch", None)
    of_argo = "argo" in account[1] and account[1] != "argo-workflow"
    if found.resource == "workflowtaskresults" and writes:
        yield "argo-executor-permission-missing"
    elif not of_argo:
        if found.group == "argoproj.io" and found.resource in ("workflowtasksets", "workflowartifactgctasks"):
            yield "argo-executor-permission-missing"
    elif "server" in account[1] or "ui" in account[1]:
        wide = found.group == "argoproj.io" and not found.namespace and found.verb in ("list", "watch")
        yield "argo-namespaced-cluster-list" if wide else "argo-server-permission-missing"
    elif found.resource == "configmaps" and found.verb in ("create", "update"):
        yield "argo-permission-on-wrong-sa"
        yield "argo-controller-rbac-outdated"
    elif found.resource in _OF_CONTROLLER or found.group == "argoproj.io":
        yield "argo-controller-rbac-outdated"
        if not found.namespace and found.resource not in _OF_CONTROLLER:
            yield "argo-namespaced-cluster-list"


def _by_request(found: Forbidden) -> list[str]:
    causes: list[str] = []
    if found.user == ANONYMOUS:
        return ["token-not-sent"]
    if "not found" in found.reason:
        causes.append("rbac-roleref-missing")
    causes += _of_argo(found)
    if found.verb == "impersonate":
        return [*causes, "rbac-impersonation-denied"]
    if found.user is not None and (found.user.startswith(("arn:", "system:node:")) or not found.user):
        return causes
    account = account_of(found.user or "")
    if account is not None and account[1] == "default":
        causes.append("workload-default-serviceaccount")
    request = found.request
    if isinstance(request, ResourceRequest):
        known = find_resource(request.resource)
        namespaced = known is None or known.group != request.group or known.namespaced
        if not request.namespace and namespaced and request.verb in ("list", "watch", "deletecollection"):
            causes.append("rbac-scope-too-narrow")
        if request.subresource:
            causes.append("rbac-subresource-missing")
    return causes
